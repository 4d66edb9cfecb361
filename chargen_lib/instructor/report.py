"""The class's report: a page of HTML that needs nothing beside it, with counts and no names, and a table of who did what."""

import html
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from chargen_lib.instructor.results import NOT_RUN, NOTHING_TO_JUDGE, Class, Result, read
from chargen_lib.instructor.spreadsheet import table

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: auto; padding: 1rem; }
div { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; min-width: 100%; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8888; font-weight: normal; }
thead th { font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
meter { width: 6rem; }
@media (max-width: 40rem) { meter { display: none; } }
@media print { body { max-width: none; padding: 0; } h2 { break-before: page; } h2:first-of-type { break-before: auto; } tr { break-inside: avoid; } }
"""


def page(results: Sequence[Result], unboxed: int = 0) -> str:
    """The class as a page of HTML: counts and sentences, no names.  unboxed: how many notebooks ran without a box."""
    by_assignment: dict[str, list[Result]] = {}
    for result in results:
        by_assignment.setdefault(result.assignment, []).append(result)
    students = len({result.student for result in results})
    parts = [_assignment(name, these) for name, these in by_assignment.items()] or ["<p>Nothing has been graded yet.</p>"]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>What the class met</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>What the class met</h1>\n"
        f"<p>{students} students, {date.today().isoformat()}. Counts only; who did what stands in the CSV file beside this page.</p>\n"
        + (f"<p><strong>{unboxed} notebooks ran without a box, with the instructor's rights.</strong></p>\n" if unboxed else "")
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def _assignment(name: str, results: list[Result]) -> str:
    students = len({result.student for result in results})
    not_run = len({result.student for result in results if result.status.startswith(NOT_RUN)})
    by_exercise: dict[str, list[Result]] = {}
    for result in results:
        by_exercise.setdefault(result.exercise, []).append(result)
    note = ""
    if not_run:
        note = f"<p>{not_run} of {students} submissions could not be run: the CSV says whose, and what mends it.</p>"
    counts = "".join(
        f'<tr><th scope="row"><code>{html.escape(exercise)}</code></th>'
        f'<td class="number">{_passed(these)} of {len(these)} '
        f'<meter aria-hidden="true" min="0" max="{len(these)}" value="{_passed(these)}"></meter></td>'
        + "".join(f'<td class="number">{_count(these, status)}</td>' for status in ("wrong", "not attempted", NOTHING_TO_JUDGE))
        + "</tr>"
        for exercise, these in by_exercise.items()
    )
    return (
        f"<h2>{html.escape(name)}</h2>\n{note}"
        + _table(
            f"{students} submissions", ("exercise", "passed", "wrong", "not attempted", NOTHING_TO_JUDGE), counts, numbers=4
        )
        + "".join(_mistakes(exercise, these) for exercise, these in by_exercise.items())
    )


def _mistakes(exercise: str, results: list[Result]) -> str:
    wrong = [result for result in results if result.status == "wrong"]
    if not wrong:
        return ""
    met = Counter((r.misconception, r.sentence) for r in wrong if r.misconception)
    lines = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th><td class="number">{count}</td><td>{html.escape(sentence)}</td></tr>'
        for (name, sentence), count in met.most_common()
    )
    if other := len(wrong) - met.total():
        lines += f'<tr><th scope="row">some other mistake</th><td class="number">{other}</td><td>See the CSV for what each was told.</td></tr>'
    return _table(f"What went wrong in {exercise}", ("misconception", "how often", "what to say"), lines, numbers=1)


def _passed(results: list[Result]) -> int:
    return sum(result.score >= result.points for result in results)


def _count(results: list[Result], status: str) -> int:
    return sum(result.status == status for result in results)


def _table(caption: str, columns: Sequence[str], lines: str, numbers: int) -> str:
    """numbers: how many columns after the first hold numbers."""
    head = "".join(
        f'<th scope="col"{" class=number" if 1 <= place <= numbers else ""}>{name}</th>' for place, name in enumerate(columns)
    )
    caption = html.escape(caption)  # a table wider than the screen is scrolled, by keyboard too
    return (
        f'<div role="region" aria-label="{caption}" tabindex="0"><table><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead>"
        f"<tbody>{lines}</tbody></table></div>\n"
    )


def write(course: Path, out: Path) -> tuple[Path, Path, Class]:
    """Write the page to `out` and the CSV beside it; return both paths, and what was read."""
    found = read(course)
    beside = out.with_suffix(".csv")
    out.write_text(page(found.results, len(found.unboxed)), encoding="utf-8")
    beside.write_text(table(map(asdict, found.results)), encoding="utf-8-sig")  # with the mark that Excel looks for
    return out, beside, found
