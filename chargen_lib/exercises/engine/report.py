"""What the learner sees: a verdict, rich in a notebook, plain in a terminal."""

import html
import os
import sys
from dataclasses import dataclass

from IPython import get_ipython
from IPython.display import DisplayHandle, display

MARKS = {"correct": ("✓", "#1a7f37"), "wrong": ("✗", "#b35900"), "not attempted": ("○", "#6e7781")}
IN_PLAIN_LETTERS = {"✓": "ok", "✗": "x", "○": "-", "…": "..."}
PRINTED_SHOWN = 1000  # characters of the answer's own output


def printable(text: str) -> str:
    """As it is, or with what this terminal cannot print as Python writes it: one with an old code page has no ✓."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
        return text
    except UnicodeEncodeError:
        for mark, letters in IN_PLAIN_LETTERS.items():
            text = text.replace(mark, letters)
        return text.encode(encoding, errors="backslashreplace").decode(encoding)


class NotCorrect(AssertionError):
    """What require() raises.  A notebook shows its sentence alone: the lines around it may be a hidden test's."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


@dataclass
class Report:
    """The verdict on one answer.  `require()` raises unless it is correct, for graders."""

    name: str
    status: str  # "correct", "wrong" or "not attempted"
    diagnosis: str  # the sentence shown
    misconception: str | None = None  # the name of the recognised one
    call: str = ""  # the smallest failing probe
    expected: str = ""
    got: str = ""
    printed: str = ""  # what the answer printed while it ran
    warned: str = ""  # what it warned of on this probe

    def require(self) -> "Report":
        """Raise NotCorrect(diagnosis), an AssertionError, unless the answer is correct."""
        if self.status != "correct":
            raise NotCorrect(self.diagnosis)
        return self

    def for_validate(self) -> "Report":
        """This report; under nbgrader's Validate, which takes whatever raises nothing for passed, require() it."""
        return self.require() if os.environ.get("NBGRADER_EXECUTION") == "validate" else self

    def data(self) -> dict[str, dict[str, str | None]]:
        """The verdict for a program, kept beside the shown one in the notebook, as the output's metadata."""
        verdict = {
            "exercise": self.name,
            "status": self.status,
            "misconception": self.misconception,
            "diagnosis": self.diagnosis,
        }
        return {"chargen": verdict}

    def __str__(self) -> str:
        mark, _ = MARKS[self.status]
        lines = [f"{mark} {self.name}: {self.diagnosis}"]
        lines += [f"    {label:<9} {text}" for label, text in self._details()]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Report {self.name}: {self.status}>"

    def _ipython_display_(self) -> None:
        """Nothing: check() has shown the verdict already, and as a cell's last value it would stand there twice."""

    def _details(self) -> list[tuple[str, str]]:
        details = [("called", self.call), ("expected", self.expected), ("got", self.got)] if self.call else []
        if self.warned:
            details.append(("warned", self.warned))
        if self.printed.strip():
            shown = self.printed if len(self.printed) <= PRINTED_SHOWN else self.printed[:PRINTED_SHOWN] + "…"
            details.append(("printed", shown.strip()))
        return details

    def html(self) -> str:
        mark, colour = MARKS[self.status]
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left;vertical-align:top;font-weight:normal">{label}</th>'
            f'<td style="text-align:left"><pre style="margin:0;white-space:pre-wrap">{html.escape(text)}</pre></td></tr>'
            for label, text in self._details()
        )
        table = f'<table style="margin-top:.4em">{rows}</table>' if rows else ""
        return (
            f'<div role="status" style="border-left:4px solid {colour};padding:.3em .8em;margin:.3em 0">'
            f'<span aria-hidden="true">{mark}</span> <strong>{html.escape(self.name)}</strong>: '
            f"{html.escape(self.diagnosis)}{table}</div>"
        )


class Place:
    """One place in the output, where what is shown later takes the place of what was shown before."""

    def __init__(self) -> None:
        self._handle: DisplayHandle | None = None

    def show(self, plain: str, rich: str, metadata: dict | None = None) -> None:
        """Rich in a notebook; in a terminal plain, line after line.  metadata: kept with the output in the notebook."""
        if get_ipython() is None:
            print(printable(plain), flush=True)
        elif self._handle is None:
            bundle = {"text/html": rich, "text/plain": plain}
            self._handle = display(bundle, raw=True, metadata=metadata, display_id=True)
        else:
            self._handle.update({"text/html": rich, "text/plain": plain}, raw=True, metadata=metadata)
