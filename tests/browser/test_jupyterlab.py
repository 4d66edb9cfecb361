"""The same figure in JupyterLab: the slider reaches the kernel, and the kernel the slider."""

import nbformat

CELLS = [
    "from chargen_lib.widgets import TemperatureExplorer\n"
    'fig = TemperatureExplorer(rows={"t": [2.0, 1.0, float("-inf")], "<i>": [0.0, 1.0, 2.0]}, labels=["a", "b", "</script><b>"])\nfig',
    'print("kernel has", fig.temperature, fig.row)',
    "fig.temperature = 0.5",
]


def test_the_slider_reaches_the_kernel_and_the_kernel_the_slider(pages, lab):
    address, root = lab
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, root / "figure.ipynb")

    page = pages.open(f"{address}/lab/tree/figure.ipynb?reset", width=1200)
    page.set_default_timeout(60_000)
    page.locator(".jp-Notebook .jp-Cell").nth(2).wait_for()
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()  # the kernel is ready

    def run(cell):
        """Run a cell; again, if the kernel was not ready to take it."""
        prompt = page.locator(".jp-Cell").nth(cell).locator(".jp-InputPrompt")
        before = prompt.text_content()
        for _ in range(10):
            page.locator(".jp-Cell").nth(cell).locator(".cm-content").click()
            page.keyboard.press("Control+Enter")
            page.wait_for_timeout(500)
            if prompt.text_content() != before:
                break
            page.wait_for_timeout(2500)
        assert prompt.text_content() != before, "JupyterLab did not run the cell"

    def printed(words):
        page.locator(".jp-Cell").nth(1).locator(".jp-OutputArea-output", has_text=words).wait_for()

    run(0)
    figure = page.locator(".chargen-figure")
    slider = figure.get_by_label("temperature T")
    slider.wait_for()
    assert figure.locator("li .share").all_text_contents() == ["73.1\u00a0%", "26.9\u00a0%", "0\u00a0%"]
    assert figure.locator("li .name").all_text_contents() == ["a", "b", "</script><b>"]
    run(1)
    printed("kernel has 1.0 0")

    slider.focus()
    slider.press("End")
    assert figure.locator("li .share").all_text_contents() == ["50.0\u00a0%", "50.0\u00a0%", "0\u00a0%"]
    run(1)
    printed("kernel has inf 0")
    slider.press("Home")
    figure.get_by_label("after the character").select_option(label="<i>")
    assert figure.locator("li .share").all_text_contents() == ["0\u00a0%", "0\u00a0%", "100\u00a0%"]
    run(1)
    printed("kernel has 0.0 1")
    # In the figure a key is the figure's: with JupyterLab, an arrow would move to another cell and an x would cut one.
    slider.press("ArrowRight")
    figure.get_by_label("after the character").press("x")
    figure.get_by_label("after the character").press("ArrowUp")
    run(1)
    printed("kernel has 0.05 0")
    assert page.locator(".jp-Cell").count() == 3
    assert slider.bounding_box()["width"] > 500  # JupyterLab's own styles leave the figure as it is
    name, value = figure.locator("dt").first.bounding_box(), figure.locator("dd").first.bounding_box()
    assert name["x"] == value["x"] and name["y"] + name["height"] <= value["y"] + 1

    run(2)
    figure.get_by_text("temperature T = 0.5", exact=True).wait_for()
    assert slider.input_value() == "47"  # the place nearest to 0.5
