"""``manage.py evaluate_pack DIR [--vertical NAME] [--json]``: the live pipeline on a pack with known truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.text import slugify
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from labeling.catalog.models import Vertical
from labeling.catalog.selectors import vertical_named
from labeling.common.errors import ApplicationError
from labeling.inference.pack_figures import PackFigures, pack_figures
from labeling.inference.selectors import live_versions
from labeling.inference.truth_packs import class_map, truth_pack

SHOWN = 20


class Command(BaseCommand):
    """Judges detection where the pack has boxes, retrieval where its scenes name products. Keeps nothing of the pack."""

    help = "Judge the live detector and embedder on a pack that need not be imported."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument(
            "--vertical", default="", metavar="NAME", help="whose models; by default the only live ones"
        )
        parser.add_argument("--detector", type=Path, metavar="DIR", help="a checkpoint, or a folder with one, instead")
        parser.add_argument("--embedder", type=Path, metavar="DIR", help="a checkpoint, or a folder with one, instead")
        parser.add_argument("--split", choices=["all", "test"], default="all", help="test: by sha256(id), if not given")
        parser.add_argument(
            "--categories", type=Path, metavar="MAP", help="JSON: {detector class: category of the pack}"
        )
        parser.add_argument("--min-score", type=float, metavar="S", help="search for boxes as sure as this")
        parser.add_argument("--json", action="store_true", help="one JSON line instead of a table")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        try:
            pack = truth_pack(folder)
            detector, embedder, names = self._models(folder, options)
            names |= pack.class_map
            names |= class_map(options["categories"]) if options["categories"] else {}
            with Progress(*columns, console=Console(stderr=True)) as bars:
                tasks = {stage: bars.add_task(stage, total=None, visible=False) for stage in ("products", "scenes")}
                figures = pack_figures(
                    pack,
                    detector=detector,
                    embedder=embedder,
                    class_map=names,
                    split=options["split"],
                    min_score=options["min_score"],
                    on_progress=lambda stage, done, total: bars.update(
                        tasks[stage], completed=done, total=total, visible=True
                    ),
                )
        except ApplicationError as error:
            raise CommandError(error.message) from error
        for problem in pack.problems[:SHOWN]:
            self.stderr.write(f"left out: {problem}")
        if len(pack.problems) > SHOWN:
            self.stderr.write(f"... and {len(pack.problems) - SHOWN} more.")
        self.stdout.write(json.dumps(figures, allow_nan=False) if options["json"] else as_table(figures))

    def _models(self, folder: Path, options: dict[str, Any]) -> tuple[str, str, dict[str, str]]:
        """The paths of detector and embedder, and how the vertical reads the detector's classes."""
        given = [_checkpoint(options[kind], kind) if options[kind] else "" for kind in ("detector", "embedder")]
        if all(given) and not options["vertical"]:
            return given[0], given[1], {}
        vertical = _vertical(folder, options["vertical"])
        live = live_versions(vertical)
        if live is None:
            raise CommandError(
                f"{vertical.slug} has no live models. Run manage.py load_models DIR, or give --detector and --embedder."
            )
        return given[0] or live.detector.path, given[1] or live.embedder.path, dict(vertical.class_map)


def _vertical(folder: Path, name: str) -> Vertical:
    """The one named; else the only one with live models, or of those the one named as the folder."""
    if name:
        return vertical_named(name)
    live = [vertical for vertical in Vertical.objects.order_by("slug") if live_versions(vertical)]
    mine = (
        live if len(live) == 1 else [vertical for vertical in live if vertical.slug == slugify(folder.resolve().name)]
    )
    if mine:
        return mine[0]
    there = ", ".join(vertical.slug for vertical in live) or "none yet"
    raise CommandError(f"Whose live models? Name a vertical with --vertical NAME. With live models: {there}.")


def _checkpoint(path: Path, kind: str) -> str:
    return str((path / kind if path.is_dir() else path).resolve())


def as_table(figures: PackFigures) -> str:
    """The figures for a terminal."""
    lines = []
    if detection := figures["detection"]:
        for name, row in detection["per_category"].items():
            lines.append(f"{name:24} AP {row['map']:.3f}  AP50 {row['map50']:.3f}  of {row['objects']}")
        lines.append(f"{'all':24} AP {detection['map']:.3f}  AP50 {detection['map50']:.3f}")
    if retrieval := figures["retrieval"]:
        near = retrieval["in_category"]
        wide = {"R@1": "r1", "R@5": "r5", "R@10": "r10", "R@50": "r50", "R@100": "r100", "MAP": "map"}
        lines.append("whole catalogue  " + "  ".join(f"{label} {retrieval[key]:.3f}" for label, key in wide.items()))  # type: ignore[literal-required]
        lines.append("in category  " + "  ".join(f"R@{key[1:]} {value:.3f}" for key, value in near.items()))
    return "\n".join([*lines, f"{figures['scenes_per_second']:.2f} scenes per second"])
