"""What benchmarks take from each other is there: nobody imports them but who measures."""

from __future__ import annotations

import ast
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"
TREES = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.py")}


def told(tree: ast.Module) -> set[str]:
    """The names that a module has at its top."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {leaf.id for target in targets for leaf in ast.walk(target) if isinstance(leaf, ast.Name)}
    return names


def missing(name: str, tree: ast.Module) -> list[str]:
    """What ``name`` takes from a neighbour that does not have it, inside functions too."""
    return [
        f"{name} takes {alias.name} from {node.module}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in TREES
        for alias in node.names
        if alias.name not in told(TREES[str(node.module)])
    ]


def test_nothing_is_missing() -> None:
    assert [fault for name, tree in TREES.items() for fault in missing(name, tree)] == []


def test_what_is_missing_is_named() -> None:
    tree = ast.parse("def main():\n    from _report import arguments, nothing_of_the_kind")
    assert missing("some", tree) == ["some takes nothing_of_the_kind from _report"]
