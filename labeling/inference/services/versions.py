"""Versions of models and builds of indexes: registered once, live one at a time."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from labeling.accounts.models import User
from labeling.catalog.models import Vertical
from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError, ConflictError
from labeling.inference.findings import BuiltIndex, CataloguePicture
from labeling.inference.models import IndexBuild, ModelVersion
from labeling.inference.selectors import catalogue_hash, catalogue_pictures


class CheckpointRefused(ApplicationError):
    """Two files that are no checkpoint; the message names them and the remedy."""

    code = "bad_checkpoint"


class IndexBuilder(Protocol):
    """Who writes an index to disk: ``runtime.index_build``, which a service must not load itself."""

    def __call__(
        self,
        pictures: Iterable[CataloguePicture],
        *,
        embedder: ModelVersion,
        before: IndexBuild | None = None,
        on_progress: Callable[[int], None] = ...,
    ) -> BuiltIndex: ...


def version_register(
    *, vertical: Vertical, kind: str, checkpoint: Path, snapshot_hash: str = "", actor: User | None = None
) -> ModelVersion:
    """Keep a checkpoint (``NAME.safetensors`` and ``NAME.json``) for good, as the next version of its kind; not live.

    The same weights are the same version. What ``NAME.context.json`` beside them says of the words around a scene goes into
    the version's config, anew each time, where it is switched on. Raises :class:`CheckpointRefused`.
    """
    weights, notes = (
        checkpoint.with_name(f"{checkpoint.name}.safetensors"),
        checkpoint.with_name(f"{checkpoint.name}.json"),
    )
    sidecar, fingerprint = _sidecar(notes, kind), _sha256(weights)
    if sidecar.get("weights_sha256") != fingerprint:
        raise CheckpointRefused(
            f"{weights} is not what {notes.name} describes (sha256 differs). Restore both together."
        )
    config = (sidecar.get("config") or {}) | _context(checkpoint, fingerprint)
    path = f"{kind}/{fingerprint}"
    _keep(weights, settings.MODELS_ROOT / f"{path}.safetensors")
    _keep(notes, settings.MODELS_ROOT / f"{path}.json")
    with transaction.atomic():
        # Whoever numbers versions of this vertical goes one at a time.
        Vertical.objects.select_for_update(no_key=True).get(pk=vertical.pk)
        mine = ModelVersion.objects.filter(vertical=vertical, kind=kind)
        if there := mine.filter(fingerprint=fingerprint).first():
            if there.config.get("context") != config.get("context"):
                there.config = config
                there.save(update_fields=["config", "updated_at"])
                audit_record(actor=actor, verb="version.context", subject=there, on="context" in config)
            return there
        version = ModelVersion.objects.create(
            vertical=vertical,
            kind=kind,
            number=(mine.aggregate(last=Max("number"))["last"] or 0) + 1,
            path=path,
            fingerprint=fingerprint,
            metrics=sidecar.get("metrics") or {},
            config=config,
            snapshot_hash=snapshot_hash,
        )
        audit_record(actor=actor, verb="version.register", subject=version, fingerprint=fingerprint)
    return version


@transaction.atomic
def version_go_live(*, version: ModelVersion, index: IndexBuild | None = None, actor: User | None = None) -> None:
    """Look at scenes with this version from now on. An embedder brings its index, and both go live together.

    Raises :class:`ConflictError` for an embedder without an index of its own, or a detector with one.
    """
    if (version.kind == ModelVersion.Kind.EMBEDDER) != (index is not None):
        raise ConflictError("An embedder goes live with an index it made, a detector with none. Build the index first.")
    Vertical.objects.select_for_update(no_key=True).get(pk=version.vertical_id)
    versions = ModelVersion.objects.filter(vertical=version.vertical_id, kind=version.kind)
    before = versions.filter(live=True).values_list("number", flat=True).first()
    versions.filter(live=True).update(live=False)
    versions.filter(pk=version.pk).update(live=True)
    version.live = True
    if index is not None:
        _index_go_live(version, index)
    audit_record(
        actor=actor,
        verb="version.go_live",
        subject=version,
        before=before,
        number=version.number,
        index=index and index.pk,
    )


@transaction.atomic
def index_record(
    *, vertical: Vertical, embedder: ModelVersion, path: str, products: int, catalogue_hash: str, live: bool = True
) -> IndexBuild:
    """Note an index that was built under INDEX_ROOT / ``path``; it goes live with its embedder, or now if that is live."""
    build = IndexBuild.objects.create(
        vertical=vertical, embedder=embedder, path=path, products=products, catalogue_hash=catalogue_hash
    )
    if live:
        _go_live_with_embedder(build)
    return build


def index_refresh(
    *,
    embedder: ModelVersion,
    build: IndexBuilder,
    on_progress: Callable[[int, int], None] = lambda done, of: None,
    live: bool = True,
) -> IndexBuild:
    """The embedder's index of the catalogue as it is: the one there is, or where the catalogue has changed since, a new one.

    A new one goes live at once where its embedder is live, unless ``live`` is False. ``on_progress`` is told of products
    done, and of how many. Raises what ``build`` raises.
    """
    vertical = embedder.vertical
    # Read before the pictures are: what changes in between makes one more index, never a stale one.
    catalogue = catalogue_hash(vertical, texts="context" in embedder.config)
    before = IndexBuild.objects.filter(vertical=vertical, embedder=embedder).order_by("-live", "-pk").first()
    if before is not None and before.catalogue_hash == catalogue:
        if live and not before.live:
            _go_live_with_embedder(before)
        return before
    pictures = list(catalogue_pictures(vertical))
    built = build(pictures, embedder=embedder, before=before, on_progress=lambda done: on_progress(done, len(pictures)))
    return index_record(
        vertical=vertical,
        embedder=embedder,
        path=built.path,
        products=built.products,
        catalogue_hash=catalogue,
        live=live,
    )


@transaction.atomic
def _go_live_with_embedder(index: IndexBuild) -> None:
    """Make an index live where its embedder is."""
    Vertical.objects.select_for_update(no_key=True).get(pk=index.vertical_id)
    # The embedder may have been replaced while its index was built.
    if ModelVersion.objects.filter(pk=index.embedder_id, live=True).exists():
        _index_go_live(index.embedder, index)


def _index_go_live(embedder: ModelVersion, index: IndexBuild) -> None:
    if index.embedder_id != embedder.pk:
        raise ConflictError(
            f"{index} was made by another embedder. Build one with {embedder}: vectors of two are never compared."
        )
    IndexBuild.objects.filter(vertical=embedder.vertical_id, live=True).exclude(pk=index.pk).update(live=False)
    IndexBuild.objects.filter(pk=index.pk).update(live=True)
    index.live = True


def _sidecar(notes: Path, kind: str) -> dict[str, Any]:
    try:
        sidecar = json.loads(notes.read_bytes())
    except FileNotFoundError as error:
        raise CheckpointRefused(f"{notes} is missing. A checkpoint is a .safetensors and a .json file.") from error
    except ValueError as error:
        raise CheckpointRefused(f"{notes} is not JSON ({error}). Restore it.") from error
    if not isinstance(sidecar, dict) or sidecar.get("kind") != kind:
        raise CheckpointRefused(f"{notes} does not describe a model of kind {kind!r}. Give the checkpoint of one.")
    return sidecar


def _context(checkpoint: Path, fingerprint: str) -> dict[str, Any]:
    """How much the words around a scene count, where that was fitted beside these weights and is switched on."""
    notes = checkpoint.with_name(f"{checkpoint.name}.context.json")
    if not notes.exists():
        return {}
    record = _sidecar(notes, "context")
    if record.get("embedder") != fingerprint:
        raise CheckpointRefused(f"{notes} was fitted beside other weights. Fit it again, or take it away.")
    return {"context": record} if record.get("on") is True or record.get("leaning") else {}


def _sha256(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise CheckpointRefused(f"{file} is missing. Train a model or restore the file.") from error


def _keep(source: Path, target: Path) -> None:
    """Copy a file once, whole or not at all."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    shutil.copyfile(source, fresh)
    os.replace(fresh, target)
