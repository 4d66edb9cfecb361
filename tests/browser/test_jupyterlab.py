"""The same figure in JupyterLab: the slider reaches the kernel, and the kernel the slider."""

from reading import HOSTILE, Notebook

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


# What is hostile in a page is hostile in JupyterLab too: each figure with it in every text that it takes.
HOSTILE_CELLS = [
    "import numpy as np, jax.numpy as jnp\n"
    "from chargen_lib.entropy import Rung\nfrom chargen_lib.models import BigramTable\nfrom chargen_lib.text import Vocabulary\n"
    "from chargen_lib.training import History\nfrom chargen_lib.widgets import *\n"
    f"hostile = {HOSTILE!a}\nn = len(hostile)\ncharacters = ''.join(dict.fromkeys(''.join(hostile)))\nv = len(characters)\n"
    "table = np.log(np.random.default_rng(0).dirichlet(np.ones(v), size=v))\nprint('ready')",
    "TemperatureExplorer(rows={name: np.arange(n) for name in hostile}, labels=hostile)",
    "TruncationExplorer(rows={name: np.arange(n) for name in hostile}, labels=hostile)",
    "BeamExplorer(table, characters, '<', num_chars=12, num_beams=8)",
    "EmbeddingExplorer(np.random.default_rng(0).normal(size=(2, v, 3)), characters)",
    "LossLadder([Rung(name, 2.0 + place, sample=name, note=name) for place, name in enumerate(hostile)])",
    "TrainingReplay(History(losses=np.linspace(4, 2, n)), dict(enumerate(hostile)), dict(zip(hostile, 2 + np.arange(n))), prompt=hostile[1])",
    "Playground({name: BigramTable(jnp.asarray(table)) for name in hostile}, Vocabulary(characters), prompt=hostile[1], num_chars=100)",
    "ContextLens('\\n'.join(hostile)[:300], '\\n'.join(hostile) * 2)",
    "from flax import nnx\nfrom chargen_lib.models import Recurrent\n"
    "StateLens(Recurrent(v, 4, 6, rngs=nnx.Rngs(0)), Vocabulary(characters), characters[:200], measured='')",
    "from chargen_lib.models import Transformer\n"
    "AttentionExplorer(characters[:65], Transformer(v, 8, heads=2, rngs=nnx.Rngs(0)), Vocabulary(characters))",
]


def test_no_text_is_more_than_text_in_jupyterlab(pages, lab):
    notebook = Notebook(pages, lab, *HOSTILE_CELLS)
    notebook.run(0, prints="ready")
    for cell in range(1, len(HOSTILE_CELLS)):
        notebook.run(cell)
        figure = notebook.page.locator(".jp-Cell").nth(cell).locator(".chargen-figure[role=group]")
        figure.locator("input, button").first.wait_for()
        assert "<" in figure.text_content(), "it shows them"
        assert figure.locator("img, script, b:has-text('<')").count() == 0
    assert notebook.page.title() != "run"


def test_a_lesson_opened_the_next_day_shows_its_figure(pages, lab):
    notebook = Notebook(pages, lab, CELLS[0])
    notebook.run(0)
    notebook.page.locator(".chargen-figure[role=group] input").first.wait_for()
    notebook.page.keyboard.press("Control+s")
    for _ in range(100):
        if "chargen-figure" in notebook.file.read_text(encoding="utf-8"):
            break
        notebook.page.wait_for_timeout(200)
    notebook.page.evaluate(  # the night: every kernel ends
        """async () => {
             const headers = { "X-XSRFToken": document.cookie.match(/_xsrf=([^;]*)/)[1] };
             const sessions = await (await fetch("/api/sessions")).json();
             for (const { id } of sessions) await fetch(`/api/sessions/${id}`, { method: "DELETE", headers });
           }"""
    )
    notebook.page.close()
    address, _ = lab
    page = pages.open(f"{address}/lab/tree/{notebook.file.name}?reset", width=1200)
    page.set_default_timeout(60_000)
    figure = page.locator(".chargen-figure")
    figure.first.wait_for()
    assert "73.1" in figure.first.text_content() and page.get_by_text("Error displaying widget").count() == 0
