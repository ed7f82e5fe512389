"""Versions of models: registered once, live one at a time."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from labeling.accounts.models import User
from labeling.catalog.models import Vertical
from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError, ConflictError
from labeling.inference.models import IndexBuild, ModelVersion
from labeling.inference.services.indexes import index_go_live

RECIPE = ("training", "seed", "initial_weights", "manifest_hash", "torch")
"""What a sidecar tells of how its weights came about."""


class CheckpointRefused(ApplicationError):
    """Two files that are no checkpoint; the message names them and the remedy."""

    code = "bad_checkpoint"


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
            recipe={name: sidecar[name] for name in RECIPE if sidecar.get(name) is not None},
            code=str(sidecar.get("code") or "")[:100],
            size=weights.stat().st_size,
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
    version.live, version.live_at = True, timezone.now()
    versions.filter(pk=version.pk).update(live=True, live_at=version.live_at)
    if index is not None:
        index_go_live(embedder=version, index=index)
    audit_record(
        actor=actor,
        verb="version.go_live",
        subject=version,
        before=before,
        number=version.number,
        index=index and index.pk,
    )


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
