"""chargen-course lab: what JupyterLab is told, and what of a figure stays in a saved notebook."""

import copy

import pytest

from chargen_lib.command import lab
from chargen_lib.widgets import TemperatureExplorer


def saved(**data):
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    model = {"type": "notebook", "content": {"cells": [{"cell_type": "markdown"}, {"cell_type": "code", "outputs": [output]}]}}
    lab.keep_html(model=model, path="x.ipynb", contents_manager=None)
    return output["data"]


def test_of_a_figure_the_html_is_kept():
    figure = TemperatureExplorer(logits=[1.0, 0.0], labels="ab")
    data, _ = figure._repr_mimebundle_()
    assert lab.WIDGET in data, "or there would be nothing to take out"
    kept = saved(**data)
    assert set(kept) == set(data) - {lab.WIDGET} and kept["text/html"] == data["text/html"]
    assert set(saved(**{**data, "text/html": data["text/html"].splitlines(keepends=True)})) == set(kept), "as the file has it"


def test_another_widget_stays_as_it_is():
    for data in ({lab.WIDGET: {"model_id": "1"}, "text/html": "<b>x</b>"}, {lab.WIDGET: {"model_id": "1"}}, {"text/html": "x"}):
        assert saved(**copy.deepcopy(data)) == data


@pytest.mark.parametrize("model", [{"type": "file", "content": "x"}, {"type": "notebook", "content": None}, {"type": "directory"}])
def test_what_is_no_notebook_is_let_through(model):
    before = copy.deepcopy(model)
    lab.keep_html(model=model)
    assert model == before


def test_jupyterlab_is_told_where_the_lessons_are(tmp_path):
    assert "--LabApp.default_url=/lab/tree" in lab.arguments(tmp_path, [])
    (tmp_path / "notebooks").mkdir()
    told = lab.arguments(tmp_path, ["--no-browser"])
    assert f"--ServerApp.root_dir={tmp_path}" in told and "--LabApp.default_url=/lab/tree/notebooks" in told
    assert told[-1] == "--no-browser"
    assert any("chargen_lib.command.lab" in argument for argument in told)
