"""``manage.py load_models DIR [--vertical NAME]``: look at scenes with the models of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from labeling.catalog.models import Vertical
from labeling.catalog.selectors import vertical_named
from labeling.common.errors import ApplicationError
from labeling.inference import runtime, services
from labeling.inference.models import ModelVersion


class Command(BaseCommand):
    """Registers two checkpoints, builds the index, and makes all three live in one transaction."""

    help = "Register a detector and an embedder, index the catalogue, and make them live."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="holds detector.* and embedder.*")
        parser.add_argument("--vertical", default="", metavar="NAME", help="for one vertical; by default for all")

    def handle(self, *args: Any, folder: Path, vertical: str, **options: Any) -> None:
        try:
            verticals = [vertical_named(vertical)] if vertical else list(Vertical.objects.order_by("slug"))
            if not verticals:
                raise CommandError("There is no vertical yet. Import a pack first: manage.py import_pack DIR.")
            for each in verticals:
                self._load(each, folder)
        except ApplicationError as error:
            raise CommandError(error.message) from error

    def _load(self, vertical: Vertical, folder: Path) -> None:
        kinds = ModelVersion.Kind
        detector = services.version_register(vertical=vertical, kind=kinds.DETECTOR, checkpoint=folder / "detector")
        embedder = services.version_register(vertical=vertical, kind=kinds.EMBEDDER, checkpoint=folder / "embedder")
        runtime.warm_up(detector, embedder)
        index = services.index_refresh(embedder=embedder, build=runtime.index_build)
        with transaction.atomic():
            services.version_go_live(version=detector)
            services.version_go_live(version=embedder, index=index)
        self.stdout.write(
            f"{vertical.slug}: {detector} and {embedder} are live, with an index of {index.products} products."
        )
