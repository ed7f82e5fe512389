"""``manage.py load_models DIR [--vertical NAME]``: look at scenes with the models of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from labeling.catalog.models import Vertical
from labeling.catalog.selectors import vertical_named
from labeling.common.errors import ApplicationError
from labeling.inference import runtime, selectors, services
from labeling.inference.models import IndexBuild, ModelVersion


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
        index = self._index(vertical, embedder)
        with transaction.atomic():
            services.version_go_live(version=detector)
            services.version_go_live(version=embedder, index=index)
        self.stdout.write(
            f"{vertical.slug}: {detector} and {embedder} are live, with an index of {index.products} products."
        )

    def _index(self, vertical: Vertical, embedder: ModelVersion) -> IndexBuild:
        catalogue = selectors.catalogue_hash(vertical)
        newest = IndexBuild.objects.filter(vertical=vertical, embedder=embedder).order_by("-pk").first()
        if newest is not None and newest.catalogue_hash == catalogue:
            return newest
        built = runtime.index_build(selectors.catalogue_pictures(vertical), embedder=embedder, before=newest)
        return services.index_record(
            vertical=vertical, embedder=embedder, path=built.path, products=built.products, catalogue_hash=catalogue
        )
