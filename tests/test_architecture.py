"""The rules of the house, read off the source: who may import whom, and what stands where."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = [
    "common",
    "accounts",
    "catalog",
    "brands",
    "notices",
    "inference",
    "annotation",
    "tags",
    "datasets",
    "training",
    "serving",
]
FACES = ["api", "web"]
LAYERS = ["models", "selectors", "services", "tasks"]
DOORS = {
    "labeling.inference.runtime",
    "labeling.inference.living",
    "labeling.inference.figures",
    "labeling.inference.pack_figures",
    "labeling.inference.pack_looks",
    "labeling.tags.calibration",
    "labeling.training.runs",
    "labeling.serving.ranker",
}
OPEN_TO_ALL = {"models_ml.types", "models_ml.boxes"}
STRANGERS = {"django", "celery", "rest_framework", "labeling"}
MAX_FILE, MAX_FUNCTION = 400, 60


@cache
def modules() -> dict[str, Path]:
    """Every Python module of the product by its dotted name."""
    found = {}
    for package in ("labeling", "models_ml", "showroom"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                found[".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")] = path
    return found


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(modules()[name].read_text())


def imported(node: ast.AST) -> Iterator[str]:
    """The dotted names one import statement brings in; ``from a import b`` counts as ``a.b`` where that is a module."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            whole = f"{node.module}.{alias.name}"
            yield whole if whole in modules() else node.module


def imports(name: str, *, inside_functions: bool = True) -> set[str]:
    nodes = ast.walk(tree(name)) if inside_functions else iter(tree(name).body)
    return {target for node in nodes for target in imported(node)}


def app_of(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if parts[0] == "labeling" and len(parts) > 1 and parts[1] in APPS + FACES else None


def layer_of(name: str) -> str | None:
    parts = name.split(".")
    return parts[2] if app_of(name) and len(parts) > 2 and parts[2] in LAYERS else None


def functions(name: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (node for node in ast.walk(tree(name)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_it_works() -> None:
    assert {"labeling.settings", "models_ml.types", "showroom.types"} <= set(modules())


def test_models_know_no_django() -> None:
    knowing = {
        f"{name} -> {target}"
        for name in modules()
        if name.split(".")[0] in {"models_ml", "showroom"}
        for target in imports(name)
        if target.split(".")[0] in STRANGERS
    }
    assert not knowing


def test_apps_import_downwards() -> None:
    upwards = {
        f"{name} -> {target}"
        for name in modules()
        if (app := app_of(name)) in APPS
        for target in imports(name)
        if (other := app_of(target)) in APPS and APPS.index(other) > APPS.index(app or "")
    }
    assert not upwards


def test_faces_are_imported_by_nobody() -> None:
    wrong = {
        f"{name} -> {target}"
        for name in modules()
        for target in imports(name)
        if (face := app_of(target)) in FACES and app_of(name) != face and name != "labeling.urls"
    }
    assert not wrong


def test_layers_import_downwards() -> None:
    wrong = set()
    for name in modules():
        for target in imports(name):
            if app_of(name) != app_of(target) or app_of(name) not in APPS:
                continue
            mine, other = layer_of(name), layer_of(target)
            if mine and other and LAYERS.index(other) > LAYERS.index(mine):
                wrong.add(f"{name} -> {target}")
    assert not wrong


def test_services_enqueue_nothing() -> None:
    wrong = {
        f"{name}:{node.lineno}"
        for name in modules()
        if layer_of(name) in {"models", "selectors", "services"}
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute)
        and node.attr in {"delay", "delay_on_commit", "nudge_on_commit", "apply_async", "apply_async_on_commit"}
    }
    assert not wrong


def test_only_doors_open_on_model_code() -> None:
    wrong = {
        f"{name} -> {target}"
        for name in modules()
        if name.startswith("labeling") and name not in DOORS and not name.startswith("labeling.datasets.formats")
        for target in imports(name)
        if target.startswith("models_ml") and target not in OPEN_TO_ALL
    }
    assert not wrong


def test_showroom_is_driven_from_the_outside() -> None:
    wrong = {
        f"{name} -> {target}"
        for name in modules()
        if name.startswith("labeling") and ".management.commands" not in name
        for target in imports(name)
        if target.split(".")[0] == "showroom"
    }
    assert not wrong


def test_imports_stand_at_the_top() -> None:
    """But for tasks and commands, which open their door only when they run: that is the torch line."""
    wrong = {
        f"{name}:{node.lineno}"
        for name in modules()
        for function in functions(name)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        if not (layer_of(name) == "tasks" and set(imported(node)) <= DOORS)
    }
    assert not wrong


def test_no_import_circles() -> None:
    graph = {name: {target for target in imports(name) if target in modules() and target != name} for name in modules()}
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> None:
        assert name not in path, " -> ".join([*path[path.index(name) :], name])
        if name in done:
            return
        for target in sorted(graph[name]):
            visit(target, [*path, name])
        done.add(name)

    for name in sorted(graph):
        visit(name, [])


def test_no_signals_and_no_save_overrides() -> None:
    wrong = {
        name
        for name in modules()
        if re.search(r"django\.(db\.models|core|dispatch).*signals|@receiver", modules()[name].read_text())
    }
    wrong |= {
        f"{name}.{function.name}"
        for name in modules()
        if layer_of(name) == "models"
        for function in functions(name)
        if function.name == "save"
    }
    assert not wrong


def test_writes_stand_in_services() -> None:
    """Outside services, only the audit log, the doors' callers and management commands may write, and they call services."""
    verbs = {"create", "bulk_create", "get_or_create", "update_or_create", "bulk_update"}
    wrong = {
        f"{name}:{node.lineno}"
        for name in modules()
        if app_of(name)
        and layer_of(name) in {"models", "selectors", "tasks"} | ({None} if app_of(name) in FACES else set())
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in verbs
        if isinstance(node.func.value, ast.Attribute) and node.func.value.attr == "objects"
    }
    assert not wrong


@pytest.mark.parametrize("limit", [MAX_FILE])
def test_files_are_small(limit: int) -> None:
    assert not {name: size for name, path in modules().items() if (size := path.read_text().count("\n")) > limit}


def test_functions_are_small() -> None:
    long = {
        f"{name}.{function.name}": size
        for name in modules()
        for function in functions(name)
        if (size := (function.end_lineno or 0) - function.lineno + 1) > MAX_FUNCTION
    }
    assert not long


def test_what_is_loaded_by_name_is_named() -> None:
    """So that no import hides: a format of the dataset, and what makes drawing faster."""
    loading = {
        name
        for name in modules()
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "attr", "") or getattr(node.func, "id", "")) in {"import_module", "__import__"}
    }
    assert loading == {"labeling.datasets.formats", "showroom.compiled", "showroom.__main__"}


def test_the_web_never_loads_torch() -> None:
    code = (
        "import django; django.setup(); import labeling.urls, sys; "
        "import importlib; importlib.import_module('labeling.api.urls'); importlib.import_module('labeling.web.urls'); "
        "assert not {'torch', 'faiss', 'torchvision', 'pyarrow'} & set(sys.modules), 'what weighs most came along'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_scripts_keep_their_floors() -> None:
    """``store``, ``geometry``, ``undo`` and ``keymap`` touch no DOM; the network is reached through ``lib/http.js`` alone."""
    annotate = ROOT / "static" / "js" / "annotate"
    for name in ("store", "geometry", "undo", "keymap"):
        text = re.sub(r"//.*|/\*[\s\S]*?\*/", "", (annotate / f"{name}.js").read_text())
        assert not re.search(r"\b(document|window|querySelector|addEventListener)\b", text), name
    # main.js hands the browser's own functions to lib/http.js.
    for path in set(annotate.glob("*.js")) - {annotate / "main.js"}:
        assert not re.search(r"\bfetch\(|sendBeacon|XMLHttpRequest", path.read_text()), path.name
