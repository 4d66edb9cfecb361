"""The instructor's side: assignments for nbgrader, private problem sets, and what the gradebook tells."""

import sys

# jsonschema, which reads notebooks, would take it when there: it parses the grammar of web addresses in its first second or two,
# in every process that grades a submission, for a format that no notebook's schema names.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
