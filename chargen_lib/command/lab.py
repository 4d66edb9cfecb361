"""chargen-course lab: JupyterLab on the lessons, set up so that a lesson shows its figures again when it is opened the next day."""

import argparse
import os
from pathlib import Path
from typing import Any

HELP = "open the lessons in JupyterLab"
WIDGET = "application/vnd.jupyter.widget-view+json"
MARK = "chargen-figure"  # the class that every figure's html has


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `lab` takes."""
    parser.add_argument("flags", nargs=argparse.REMAINDER, help="handed to JupyterLab as they are, --no-browser for instance")


def run(chosen: argparse.Namespace) -> None:
    """Take the place of this process by JupyterLab on the course's folder."""
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(arguments(Path.cwd(), [flag for flag in chosen.flags if flag != "--"]))


def arguments(folder: Path, flags: list[str]) -> list[str]:
    """JupyterLab's arguments: the folder, where to begin, and the part of this file that it loads."""
    notebooks = "/notebooks" if (folder / "notebooks").is_dir() else ""
    own = [f"--ServerApp.root_dir={folder}", f"--LabApp.default_url=/lab/tree{notebooks}", "--LabApp.news_url="]
    own.append(f"--ServerApp.jpserver_extensions={ {'jupyterlab': True, __name__: True} }")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        own.append("--allow-root")  # in a container, for instance: JupyterLab must be told that root is meant
    return [*own, *flags]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    server.contents_manager.register_pre_save_hook(keep_html)
    # Another extension, jupytext's for instance, may put a manager of its own in the place of this one.
    server.config.ContentsManager.setdefault("pre_save_hook", keep_html)


def keep_html(model: dict, **_: Any) -> None:
    """Of each figure in a notebook that is being saved, keep the html and not the widget's number.

    The widget lives as long as its kernel: the next day its number leads nowhere, and JupyterLab would show an error in place of the
    figure, although the html, which needs no kernel, lies in the same output.
    """
    if model.get("type") == "notebook" and isinstance(model.get("content"), dict):
        export(model["content"], {})


def export(notebook: Any, resources: Any) -> tuple[Any, Any]:
    """The same for a notebook that is exported, as nbconvert calls it: the page then asks no other site for the widget's machinery."""
    others = False
    for cell in notebook.get("cells", []):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if WIDGET in data and MARK in "".join(data.get("text/html", "")):
                del data[WIDGET]
            others = others or WIDGET in data
    if not others:  # the figures' states would be shown by nobody
        notebook.get("metadata", {}).pop("widgets", None)
    return notebook, resources
