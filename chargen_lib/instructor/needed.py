"""Which cells of a submission a grading run executes: the answers, their checks, and the cells that make what these need.

The rule is one about names.  A cell is run when it binds, changes, or hands to a call made for its effect, something that an
answer or a check reads, or that another cell reads which is run for them.  A lesson's training is then left out, as no answer
reads what was trained; an answer that does read it has it.  Where a name can be made unseen (exec, globals, a star import, %run)
everything that might matter is run.
"""

import ast
import builtins
import re
import symtable
from dataclasses import dataclass

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from nbgrader import utils

LEFT_OUT = "skip-execution"  # the tag that nbclient knows; here, of a cell that no answer needs
SAID = "*For the grading your answers were run, their checks, and the cells that these need. The others show nothing here.*"
SHOWING = frozenset({*dir(builtins), "display"})  # to print a thing does not change it
UNSEEN = frozenset({"exec", "eval", "globals", "locals"})  # what reads or makes names that do not stand in the code


@dataclass(frozen=True)
class Cell:
    """A cell's global names.  calls: those of objects that a call may change; anything: it may make names that are not seen."""

    reads: frozenset[str] = frozenset()
    makes: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    anything: bool = False


def choose(notebook: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
    """Tag the code cells that are not to be run, and no others: a student who has tagged an answer so loses nothing."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    run = needed([cell.source for cell in code], [utils.is_grade(cell) or utils.is_solution(cell) for cell in code])
    for place, cell in enumerate(code):
        given = cell.metadata.get("tags")
        tags = [tag for tag in given if tag != LEFT_OUT] if isinstance(given, list) else []
        cell.metadata["tags"] = tags if place in run else [*tags, LEFT_OUT]
    return notebook, resources


def say(notebook: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
    """Say on a feedback page why most of its cells show nothing."""
    if any(LEFT_OUT in cell.metadata.get("tags", []) for cell in notebook.cells):
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(SAID))
    return notebook, resources


def needed(sources: list[str], counts: list[bool]) -> set[int]:
    """The places of the cells to run.  counts: whether a cell is an answer or a check."""
    run = {place for place, it_counts in enumerate(counts) if it_counts}
    before = range(max(run, default=0))  # what comes after the last check changes no mark
    cells = [look(source) for source in sources]
    modules = frozenset[str]().union(*(cell.imports for cell in cells))  # plots.bars(...) changes nothing
    makes = [cell.makes | (cell.calls - modules) for cell in cells]
    while True:
        reads = frozenset[str]().union(*(cells[place].reads for place in run))
        everything = bool(reads & UNSEEN)
        more = {place for place in before if cells[place].anything or everything or makes[place] & reads} - run
        if not more:
            return run
        run |= more


def look(source: str) -> Cell:
    """The global names of a cell as it stands in a notebook, magics and all."""
    first, _, rest = source.lstrip().partition("\n")
    try:
        body = TransformerManager().transform_cell(rest if first.startswith("%%") else source)
        tree = _Scoped().visit(ast.parse(body))
        table = symtable.symtable(ast.unparse(tree), "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Cell(anything=True)  # %%writefile helpers.py, for instance
    reads, makes, imports = _scope(table)
    star = any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(tree))
    runs_a_file = re.search(r"^\s*%(run|load_ext|autoreload)\b", source, re.MULTILINE)
    stored, called = _changed(tree)
    return Cell(reads, makes | stored, imports, called, anything=bool(star or runs_a_file or reads & UNSEEN))


class _Scoped(ast.NodeTransformer):
    """Comprehensions as generators, whose variables are their own: since Python 3.12 a list's count among the cell's names (PEP 709)."""

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp) -> ast.AST:
        return self.generic_visit(ast.GeneratorExp(node.elt, node.generators))

    visit_SetComp = visit_ListComp

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self.generic_visit(ast.GeneratorExp(ast.Tuple([node.key, node.value], ast.Load()), node.generators))


def _scope(table: symtable.SymbolTable) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The global names that a scope and those in it read, that they bind, and that they import."""
    seen = [symbol for symbol in table.get_symbols() if table.get_type() == "module" or symbol.is_global()]
    reads = frozenset(symbol.get_name() for symbol in seen if symbol.is_referenced())
    makes = frozenset(symbol.get_name() for symbol in seen if symbol.is_assigned() or symbol.is_imported())
    imports = frozenset(symbol.get_name() for symbol in seen if symbol.is_imported())
    for inner in table.get_children():
        found = _scope(inner)
        reads, makes, imports = reads | found[0], makes | found[1], imports | found[2]
    return reads, makes, imports


def _changed(tree: ast.AST) -> tuple[frozenset[str], frozenset[str]]:
    """The names whose objects a cell changes: in x.y = ... and x[y] = ...; or may change: in the statements x.append(...), f(x)."""
    stored, called = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            stored.add(_root(node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            if isinstance(call.func, ast.Attribute):
                called.add(_root(call.func))
            if _root(call.func) not in SHOWING:
                called |= {_root(given) for given in (*call.args, *(keyword.value for keyword in call.keywords))}
    return frozenset(stored - {""}), frozenset(called - {""})


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
