"""How a submission is executed: in a box of its own, with limits on its time and on what its cells print; a grade cell is judged."""

import asyncio
import atexit
import functools
import hashlib
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
from jupyter_core.utils import ensure_async, run_sync
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbgrader import preprocessors, utils

from chargen_lib.instructor import box, grading, needed, pages

OUTPUT_LIMIT = 10_000_000  # characters of one cell; a lesson's largest figure takes half a million
SUBMISSION_SECONDS = 600  # after these only the checks are run; a whole lesson takes 100 on a slow laptop
WITHOUT = """
*******************************************************************************************************
**  THE SUBMISSIONS RUN WITHOUT A BOX, with all your rights: each can read and change your files, the
**  gradebook and other students' work, and use your network.
**  Why: {why}.
**  {how}
**  Grade only whom you would give your computer to. The report will say so too.
*******************************************************************************************************
"""
HOW = "On Linux install bubblewrap (apt install bubblewrap); elsewhere grade in the guide's container."


class Ended(BaseException):
    """The box was ended while an answer was asked for.  A BaseException, so that the judge takes it for nothing of the answer's."""


class Execute(preprocessors.Execute):
    """nbgrader's Execute with a box for each submission, and in the notebook's metadata whether there was one.

    What a cell prints is kept up to OUTPUT_LIMIT, since until its time is up a loop prints gigabytes.
    """

    _ended = ""  # why the box was ended before the notebook was through
    _cell: NotebookNode | None = None
    _room = 0
    _until = float("inf")
    _drawn_for = ""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"kernel_manager_class": box.Manager} | options)

    def preprocess(self, nb: NotebookNode, resources: Any = None, km: Any = None) -> tuple[NotebookNode, dict]:
        why = box.missing()
        if why:
            warn(why)
        names = resources["nbgrader"]
        fill_cache(Path("source", names["assignment"], f"{names['notebook']}.ipynb"))
        self._drawn_for = drawn_for(names["student"], nb)
        self._until = time.monotonic() + SUBMISSION_SECONDS
        self._ended = ""
        nb, resources = super().preprocess(nb, resources, km)
        nb.metadata["chargen"] = {"boxed": not why, "ended": self._ended}
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                pages.plain_metadata(output)
        return nb, resources

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple[NotebookNode, dict]:
        """Run a cell, or say in it why it was not run: once the box was ended, what the judge has said by then still holds."""
        if cell.cell_type != "code" or needed.LEFT_OUT in cell.metadata.get("tags", []):
            return super().preprocess_cell(cell, resources, index)
        try:
            if not self._ended:
                return self._run(cell, resources, index)
        except (DeadKernelError, Ended):
            self._ended = getattr(self.km, "ended", "")
            if not self._ended:
                raise
        cell.outputs = [*cell.outputs, _error("Ended", self._ended)]
        return cell, resources

    def _run(self, cell: NotebookNode, resources: dict, index: int) -> tuple[NotebookNode, dict]:
        test = grading.read_hidden_test(cell.source) if utils.is_grade(cell) else None
        if test:
            self._judge(cell, test)
            return cell, resources
        if time.monotonic() > self._until and not utils.is_grade(cell):
            said = f"Not run: all cells before it took {SUBMISSION_SECONDS // 60} minutes.\n"
            cell.outputs = [nbformat.v4.new_output("stream", name="stderr", text=said)]
            return cell, resources
        return super().preprocess_cell(cell, resources, index)

    def _judge(self, cell: NotebookNode, test: dict[str, str]) -> None:
        """Write the judge's verdict into a grade cell, and an error unless it is "correct"; nothing of the cell is run."""
        from chargen_lib.instructor.judge import Missing, judge  # here: it takes JAX, and nbgrader's other commands do without

        name = cell.metadata.nbgrader.grade_id.removeprefix("check_")
        try:
            report = judge(test, name, functools.partial(self._ask, cell), self._drawn_for)
            shown = {"text/html": report.html(), "text/plain": str(report)}
            cell.outputs = [nbformat.v4.new_output("display_data", shown, metadata=report.data())]
            if report.status != "correct":
                cell.outputs.append(_error("NotCorrect", report.diagnosis))
        except Missing as error:
            cell.outputs = [_error("NameError", str(error))]

    def _ask(self, cell: NotebookNode, question: dict[str, Any]) -> Any:
        """Put a question to the kernel, where it leaves no trace.  None when the time was up before it replied."""
        assert self.kc is not None
        expression = {"reply": grading.question(question)}
        sent = self.kc.execute("", silent=True, store_history=False, user_expressions=expression)
        try:
            reply = self._reply_to(sent, cell)
        except DeadKernelError as error:
            raise Ended if getattr(self.km, "ended", "") else error from None
        if reply is None:
            return None
        try:
            shown = reply["content"]["user_expressions"]["reply"]
            return json.loads(shown["data"]["text/plain"]) if "data" in shown else {"odd": shown["ename"]}
        except Exception as error:  # whatever a kernel may reply
            return {"odd": type(error).__name__}

    async def _async_reply_to(self, sent: str, cell: NotebookNode) -> dict[str, Any] | None:
        """The reply; whatever an answer logs or shows before it is read and dropped.

        Of messages that nobody reads some are lost once there are a thousand, and that a later cell has ended may be among them.
        """
        assert self.kc is not None
        shown = self.kc.iopub_channel

        async def drop() -> None:
            while True:
                await ensure_async(shown.get_msg(timeout=None))

        dropping = asyncio.ensure_future(drop())
        try:
            return await self.async_wait_for_reply(sent, cell)
        finally:
            dropping.cancel()
            while await ensure_async(shown.msg_ready()):
                await ensure_async(shown.get_msg(timeout=None))

    _reply_to = run_sync(_async_reply_to)

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        if cell is not self._cell:
            self._cell, self._room = cell, OUTPUT_LIMIT
        content = msg["content"]
        if msg["msg_type"] == "stream":
            content["text"] = content["text"][: self._room]
            self._room -= len(content["text"])
        elif msg["msg_type"] in ("display_data", "update_display_data", "execute_result"):
            self._room = max(0, self._room - len(str(content["data"])))
            if not self._room:
                return None
        elif msg["msg_type"] == "error":
            content["traceback"] = ["\n".join(content["traceback"])[: self._room]]
            content["evalue"] = content["evalue"][: self._room]
        return super().process_message(msg, cell, cell_index)


def drawn_for(student: str, notebook: NotebookNode) -> str:
    """What a submission's inputs are drawn for: nobody else has them, nor has the same notebook with one letter changed.

    So whoever finds out what his answers were called with has found out nothing for the next time.
    """
    own = json.dumps([student, [cell.source for cell in notebook.cells]])
    return hashlib.sha256(own.encode()).hexdigest()


def _error(name: str, said: str) -> NotebookNode:
    return nbformat.v4.new_output("error", ename=name, evalue=said, traceback=[f"{name}: {said}"])


@functools.cache
def fill_cache(source: Path) -> None:
    """Run the instructor's own notebook once, so that what JAX compiles for it need not be compiled for each submission.

    Submissions read what was compiled and write nothing there: whoever writes there runs code as its readers.
    """
    cache = os.environ.get(box.CACHE)
    if not cache or not source.exists():
        return
    notebook, _ = needed.choose(nbformat.reads(source.read_text(encoding="utf-8"), as_version=4), {})
    for cell in notebook.cells:  # the check on its public inputs, which have the same shapes; and no secret of one course
        cell.source = re.sub(f"(?s){grading.BEGIN}.*?{grading.END}\n", "", cell.source)
    content = json.dumps([(cell.source, cell.metadata.get("tags")) for cell in notebook.cells]).encode()
    filled = Path(cache, f"filled-{source.stem}-{hashlib.sha256(content).hexdigest()[:12]}")
    if filled.exists():
        return
    try:
        with tempfile.TemporaryDirectory() as folder:
            NotebookClient(notebook, timeout=600, allow_errors=True, resources={"metadata": {"path": folder}}).execute()
        filled.parent.mkdir(parents=True, exist_ok=True)
        filled.touch()
    except Exception as error:  # a folder that only others may write, for one
        print(f"What JAX compiles could not be kept in {cache} ({error}); each submission waits for it.", file=sys.stderr)


@functools.cache
def warn(why: str) -> None:
    """Say now, and once more when everything is done, that there is no box."""
    text = WITHOUT.format(why=why, how=HOW)
    print(text, file=sys.stderr, flush=True)
    atexit.register(print, text, file=sys.stderr)
