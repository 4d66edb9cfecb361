"""The same figure in JupyterLab: the slider reaches the kernel, and the kernel the slider."""

from reading import Notebook

CELLS = [
    "from chargen_lib.widgets import TemperatureExplorer\n"
    'fig = TemperatureExplorer(rows={"t": [2.0, 1.0, float("-inf")], "<i>": [0.0, 1.0, 2.0]}, labels=["a", "b", "</script><b>"])\nfig',
    'print("kernel has", fig.temperature, fig.row)',
    "fig.temperature = 0.5",
]


def test_the_slider_reaches_the_kernel_and_the_kernel_the_slider(pages, lab):
    notebook = Notebook(pages, lab, *CELLS)
    page, run = notebook.page, notebook.run

    run(0)
    figure = page.locator(".chargen-figure")
    slider = figure.get_by_label("temperature T")
    slider.wait_for()
    assert figure.locator("li .share").all_text_contents() == ["73.1\u00a0%", "26.9\u00a0%", "0\u00a0%"]
    assert figure.locator("li .name").all_text_contents() == ["a", "b", "</script><b>"]
    run(1, prints="kernel has 1.0 0")

    slider.focus()
    slider.press("End")
    assert figure.locator("li .share").all_text_contents() == ["50.0\u00a0%", "50.0\u00a0%", "0\u00a0%"]
    run(1, prints="kernel has inf 0")
    slider.press("Home")
    figure.get_by_label("after the character").select_option(label="<i>")
    assert figure.locator("li .share").all_text_contents() == ["0\u00a0%", "0\u00a0%", "100\u00a0%"]
    run(1, prints="kernel has 0.0 1")
    # In the figure a key is the figure's: with JupyterLab, an arrow would move to another cell and an x would cut one.
    slider.press("ArrowRight")
    figure.get_by_label("after the character").press("x")
    figure.get_by_label("after the character").press("ArrowUp")
    run(1, prints="kernel has 0.05 0")
    assert page.locator(".jp-Cell").count() == 3
    assert slider.bounding_box()["width"] > 500  # JupyterLab's own styles leave the figure as it is
    name, value = figure.locator("dt").first.bounding_box(), figure.locator("dd").first.bounding_box()
    assert name["x"] == value["x"] and name["y"] + name["height"] <= value["y"] + 1

    run(2)
    figure.get_by_text("temperature T = 0.5", exact=True).wait_for()
    assert slider.input_value() == "47"  # the place nearest to 0.5
