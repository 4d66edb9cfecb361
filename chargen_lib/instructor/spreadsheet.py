"""Tables for a spreadsheet, in which no cell is run as a formula."""

import csv
import io
from collections.abc import Iterable

FORMULAS = tuple("=+-@\t\r\n＝＋－＠")  # what a cell that is run begins with, in full width too


def table(rows: Iterable[dict]) -> str:
    """Rows as CSV with a heading, safe to open in a spreadsheet."""
    rows = list(rows)
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _no_formula(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def _no_formula(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value
