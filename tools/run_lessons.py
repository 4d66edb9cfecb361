"""Run the lessons and pages whose outputs the book has not kept, as many at a time as there are processors, and keep what they print.

The book would run them too, but one after the other.  What does not run is told by the book, with its error.
"""

import multiprocessing
import os
import sys
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 300  # for one of them, as in _config.yml
# They share what JAX has compiled.  Who reads a program that another is just writing compiles it anew, which no page need tell.
NOT_TOLD = "ignore:Error reading persistent compilation cache entry:UserWarning"
MARKDOWN = {"name": "myst_nb_md", "type": "plugin"}  # how jupyter-cache reads a page of the book


def main() -> None:
    os.environ["PYTHONWARNINGS"] = NOT_TOLD
    multiprocessing.set_start_method("spawn")  # a fork takes over locks of threads that it does not have, and may wait for ever
    cache = get_cache(ROOT / "_build" / ".jupyter_cache")
    # They begin in this order.  The first lessons take least, so that at the end no processor waits long for another.
    for page in sorted((ROOT / "book").rglob("*.md")):
        if "{code-cell}" in page.read_text(encoding="utf-8"):
            cache.add_nb_to_project(page, read_data=MARKDOWN)
    for source in sorted((ROOT / "solutions").glob("[0-9][0-9]_*.py"), reverse=True):
        cache.add_nb_to_project(ROOT / "notebooks" / f"{source.stem}.ipynb")
    if waiting := cache.list_unexecuted():
        print(f"running {len(waiting)} lessons and pages", flush=True)
        load_executor("local-parallel", cache=cache).run_and_cache(timeout=SECONDS)


if __name__ == "__main__":
    sys.exit(main())
