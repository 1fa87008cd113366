"""Who may import whom, and that no operator is named outside the table of operators."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from diffcli.engine import ops
from diffcli.engine.op import OPS

PACKAGE = Path(__file__).resolve().parents[1] / "diffcli"
FILES = sorted(PACKAGE.rglob("*.py"))

# Each part of the house with the parts that it may import from; itself always.
ALLOWED = {
    "engine": set(),
    "source": {"diagnostic"},
    "diagnostic": {"source"},
    "codes": set(),
    "causes": {"codes"},
    "lang": {"engine", "diagnostic", "source", "codes"},
    "results": {"diagnostic", "source", "document", "rows"},
    "document": {"diagnostic", "source", "rows"},
    "rows": {"diagnostic", "source", "document"},
    "render": {"results", "document", "rows", "diagnostic", "source", "codes"},
    "data": {"diagnostic", "source"},
    "compute": {"lang", "engine", "data", "results", "rows", "diagnostic", "source", "codes"},
    "cli": {
        "compute",
        "lang",
        "engine",
        "data",
        "render",
        "results",
        "document",
        "rows",
        "diagnostic",
        "source",
        "codes",
        "__init__",
        "causes",
    },
    "api": {"compute", "lang", "engine", "data", "render", "results", "document", "diagnostic", "source"},
    "magic": {"api", "cli", "render", "document"},
    "tensorflow": {"compute", "engine", "data", "results"},
    "__init__": {"api", "magic"},
    "__main__": {"cli"},
}
LATE = {"numpy", "lark", "rich"}
# Imported late themselves; all they do is arrays.
ON_ARRAYS = {
    "array.py",
    "array_lanes.py",
    "array_rules.py",
    "binding.py",
    "blocked.py",
    "call_source.py",
    "calls.py",
    "colouring.py",
    "compressed.py",
    "driving.py",
    "jit.py",
    "layout.py",
    "memory.py",
    "operations.py",
    "pattern.py",
    "precise_arrays.py",
    "probing.py",
    "registers.py",
    "sparsity.py",
    "stepping_arrays.py",
    "tables.py",
    "tensors.py",
    "unroll.py",
}


def part_of(path: Path) -> str:
    inside = path.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else family(inside.stem)


def family(stem: str) -> str:
    """The records of a command stand beside those of the others: results_why belongs to results."""
    return "results" if stem.startswith("results_") else stem


def imports(path: Path) -> set[str]:
    """The parts of diffcli that a file imports, wherever in the file."""
    found = set()
    package = ["diffcli", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "diffcli":
                second = parts[1] if len(parts) > 1 else "__init__"
                known = (PACKAGE / second).is_dir() or (PACKAGE / f"{second}.py").is_file()
                found.add(family(second) if known else "__init__")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_only_from_below(path: Path) -> None:
    part = part_of(path)
    assert part in ALLOWED, f"{part} has no place in the house yet"
    assert imports(path) <= ALLOWED[part] | {part}


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in FILES
        if "engine" in path.parts or "lang" in path.parts or "compute" in path.parts or "cli" in path.parts
    ],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_heavy_libraries_are_imported_late(path: Path) -> None:
    if path.name in ON_ARRAYS or path.parent.name in ("rowdata", "fitting"):
        return
    tree = ast.parse(path.read_text("utf-8"))
    top = {alias.name.split(".")[0] for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    top |= {
        (node.module or "").split(".")[0] for node in tree.body if isinstance(node, ast.ImportFrom) and not node.level
    }
    assert not top & LATE


def named_operators(tree: ast.Module) -> set[str]:
    """Texts that a file looks an operator up by, or compares an operator's name with."""
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "lookup":
            found += node.args
        elif isinstance(node, ast.Subscript) and getattr(node.value, "id", "") in ("OPS", "ALIASES"):
            found.append(node.slice)
        elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Attribute) and node.left.attr == "name":
            for side in node.comparators:
                found += side.elts if isinstance(side, (ast.Tuple, ast.List, ast.Set)) else [side]
    return {each.value for each in found if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def test_no_operator_is_named_outside_the_table() -> None:
    table = Path(ops.__file__).parent
    for path in FILES:
        if table not in path.parents:
            named = named_operators(ast.parse(path.read_text("utf-8"))) & set(OPS)
            assert not named, f"{path.name} names the operators {named}"
