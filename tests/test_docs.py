"""What a reader needs stands in the docs: every variable, command, target and word."""

from __future__ import annotations

import re
from pathlib import Path

from labeling.datasets.formats import FORMATS

ROOT = Path(__file__).resolve().parent.parent
DOCS = {path.name: path.read_text() for path in (ROOT / "docs").glob("*.md")}


def test_it_works() -> None:
    assert {"walk.md", "vocabulary.md", "where-does-it-go.md", "operations.md", "formats.md"} <= set(DOCS)


def test_every_variable_is_explained() -> None:
    source = (ROOT / "labeling" / "settings.py").read_text() + (ROOT / "Procfile").read_text()
    read = set(re.findall(r"\b(LOOKTAG_[A-Z_]+|DATABASE_URL|REDIS_URL|CELERY_BROKER_URL)\b", source))
    assert len(read) > 10
    assert {name for name in read if f"`{name}`" not in DOCS["operations.md"]} == set()


def test_every_command_is_explained() -> None:
    commands = {path.stem for path in ROOT.glob("labeling/*/management/commands/[a-z]*.py")}
    assert {name for name in commands if f"manage.py {name}" not in DOCS["operations.md"]} == set()


def test_every_table_is_a_word() -> None:
    tables = {
        name
        for path in [*ROOT.glob("labeling/*/models.py"), *ROOT.glob("labeling/*/models/*.py")]
        for name, bases in re.findall(r"^class (\w+)\((.*)\):$", path.read_text(), flags=re.MULTILINE)
        if "Choices" not in bases and name not in {"TimeStamped", "BoxFields", "ImageFields"}
    }
    # Parts of another word's row.
    tables -= {"ProductImage", "CampaignPicture", "SnapshotRow", "User", "Brand", "Experiment"}
    assert {name for name in tables if name not in DOCS["vocabulary.md"]} == set()


def test_every_format_is_described() -> None:
    assert {name for name in FORMATS if f"### `{name}`" not in DOCS["formats.md"]} == set()


def test_links_lead_somewhere() -> None:
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "benchmarks" / "README.md"]:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_readme_names_what_make_knows() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"^make ([a-z-]+)", (ROOT / "README.md").read_text(), flags=re.MULTILINE))
    assert named and named <= targets
