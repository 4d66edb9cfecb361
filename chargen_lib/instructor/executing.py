"""How a submission is executed: in a box of its own, with limits on its time and on what its cells print; a grade cell is judged."""

import asyncio
import copy
import functools
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import nbformat
from jupyter_core.utils import ensure_async, run_sync
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbgrader import preprocessors, utils

from chargen_lib.instructor import box, compiled, grading, needed, pages

OUTPUT_LIMIT = 10_000_000  # characters of one cell; a lesson's largest figure takes half a million
SUBMISSION_SECONDS = 600  # after these only the checks are run; a whole lesson takes 100 on a slow laptop
LAST_BREATH = 0.5  # seconds that a cell which ends its kernel by and by is given for it
ITSELF = "{} ended the notebook's own process, as quit(), os._exit or a crash does. What does not need it was run in a new one."
TOO_LATE = (
    f"The notebook's process ended itself when its {SUBMISSION_SECONDS // 60} minutes were over, so nothing was run any more."
)


class Ended(BaseException):
    """The kernel ended while an answer was asked for.  A BaseException, so that the judge takes it for nothing of the answer's."""


class Execute(preprocessors.Execute):
    """nbgrader's Execute with a box for each submission, and in the notebook's metadata whether there was one.

    What a cell prints is kept up to OUTPUT_LIMIT, since until its time is up a loop prints gigabytes.  A cell or an answer that ends the
    kernel costs what it is worth and no more: a new one is brought as far by the cells before it, and goes on behind it.
    """

    _ended = ""  # why the box was ended before the notebook was through
    _cell: NotebookNode | None = None
    _room = 0
    _until = float("inf")
    _drawn_for = ""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"kernel_manager_class": box.Manager} | options)
        self._through: dict[int, NotebookNode] = {}  # the cells that have run in this kernel, by their place

    def preprocess(self, nb: NotebookNode, resources: Any = None, km: Any = None) -> tuple[NotebookNode, dict]:
        why = box.missing()
        if why:
            box.warn(why)
        names = resources["nbgrader"]
        compiled.fill_cache(Path("source", names["assignment"], f"{names['notebook']}.ipynb"))
        self._drawn_for = drawn_for(names["student"], nb)
        self._until = time.monotonic() + SUBMISSION_SECONDS
        self._ended, self._through = "", {}
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
        while not self._ended:
            try:
                return self._run(cell, resources, index)
            except (DeadKernelError, Ended):
                self._ended = getattr(self.km, "ended", "")
                if not self._ended and not self._begin_anew(resources):
                    self._blame(cell)
                    return cell, resources
        cell.outputs = [*cell.outputs, _error("Ended", self._ended)]
        return cell, resources

    def _begin_anew(self, resources: dict) -> bool:
        """Bring a new kernel as far as the one that has ended itself.  True: a cell that has run before was to blame, and is left out.

        Some ways to end a kernel take a moment, a thread's for one, and then the next cell seems to have done it.
        """
        found = False
        while time.monotonic() < self._until:
            self._new_kernel()
            to_blame = next((place for place in self._through if not self._outlived(place, resources)), None)
            if to_blame is None:
                return found
            self._blame(self._through.pop(to_blame))
            found = True
        self._ended = TOO_LATE
        return True

    def _outlived(self, place: int, resources: dict) -> bool:
        """Whether the kernel lives on when a cell has run in it once more."""
        assert self.kc is not None
        cell = self._through[place]
        try:
            super().preprocess_cell(copy.deepcopy(cell), resources, place)
            time.sleep(LAST_BREATH)
            self._reply_to(self.kc.execute("", silent=True, store_history=False), cell)
        except DeadKernelError:
            return False
        finally:
            self.nb.cells[place] = cell  # what it showed the first time
        return True

    def _blame(self, cell: NotebookNode) -> None:
        if utils.is_grade(cell):
            from chargen_lib.exercises import Report

            self._say(cell, Report(_name(cell), "wrong", ITSELF.format("Your function")))
        else:
            cell.outputs = [*cell.outputs, _error("Ended", ITSELF.format("This cell"))]

    async def _async_new_kernel(self) -> None:
        assert self.km is not None and self.kc is not None
        self.kc.stop_channels()
        await ensure_async(self.km.restart_kernel(now=True))
        await self.async_start_new_kernel_client()

    _new_kernel = run_sync(_async_new_kernel)

    def _run(self, cell: NotebookNode, resources: dict, index: int) -> tuple[NotebookNode, dict]:
        test = grading.read_hidden_test(cell.source) if utils.is_grade(cell) else None
        if test:
            self._judge(cell, test)
            return cell, resources
        if time.monotonic() > self._until and not utils.is_grade(cell):
            said = f"Not run: all cells before it took {SUBMISSION_SECONDS // 60} minutes.\n"
            cell.outputs = [nbformat.v4.new_output("stream", name="stderr", text=said)]
            return cell, resources
        run = super().preprocess_cell(cell, resources, index)
        self._through[index] = cell
        return run

    def _judge(self, cell: NotebookNode, test: dict[str, str]) -> None:
        """Write the judge's verdict into a grade cell, and an error unless it is "correct"; nothing of the cell is run."""
        from chargen_lib.instructor.judge import Missing, judge  # here: it takes JAX, and nbgrader's other commands do without

        try:
            self._say(cell, judge(test, _name(cell), functools.partial(self._ask, cell), self._drawn_for))
        except Missing as error:
            cell.outputs = [_error("NameError", str(error))]

    def _say(self, cell: NotebookNode, report: Any) -> None:
        shown = {"text/html": report.html(), "text/plain": str(report)}
        cell.outputs = [nbformat.v4.new_output("display_data", shown, metadata=report.data())]
        if report.status != "correct":
            cell.outputs.append(_error("NotCorrect", report.diagnosis))

    def _ask(self, cell: NotebookNode, question: dict[str, Any]) -> Any:
        """Put a question to the kernel, where it leaves no trace.  None when the time was up before it replied."""
        assert self.kc is not None
        expression = {"reply": grading.question(question)}
        sent = self.kc.execute("", silent=True, store_history=False, user_expressions=expression)
        try:
            reply = self._reply_to(sent, cell)
        except DeadKernelError:
            raise Ended from None
        if reply is None:
            return None
        if _asks_for_the_end(reply):
            raise Ended
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

    def on_cell_executed(self, **of_the_cell: Any) -> None:
        super().on_cell_executed(**of_the_cell)
        if _asks_for_the_end(of_the_cell["execute_reply"]):
            raise DeadKernelError

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


def _asks_for_the_end(reply: dict[str, Any]) -> bool:
    """Whether the kernel replied that quit() or exit() was called: it lives a tenth of a second more, and may answer one question or two."""
    try:
        return any(part["source"] == "ask_exit" and not part["keepkernel"] for part in reply["content"]["payload"])
    except Exception:  # whatever a kernel may reply
        return False


def drawn_for(student: str, notebook: NotebookNode) -> str:
    """What a submission's inputs are drawn for: nobody else has them, nor has the same notebook with one letter changed.

    So whoever finds out what his answers were called with has found out nothing for the next time.
    """
    own = json.dumps([student, [cell.source for cell in notebook.cells]])
    return hashlib.sha256(own.encode()).hexdigest()


def _name(cell: NotebookNode) -> str:
    """Of the exercise that a grade cell is for."""
    return cell.metadata.nbgrader.grade_id.removeprefix("check_")


def _error(name: str, said: str) -> NotebookNode:
    return nbformat.v4.new_output("error", ename=name, evalue=said, traceback=[f"{name}: {said}"])
