"""Promotions: a version goes live only if it beats the live one on the same held-out scenes, beyond noise, or for a reason."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.catalog.models import Vertical
from labeling.common.audit import audit_record
from labeling.common.errors import ConflictError
from labeling.datasets.models import Snapshot
from labeling.inference.models import IndexBuild, ModelVersion
from labeling.inference.selectors import version_before, version_live
from labeling.inference.services import version_go_live
from labeling.training import selectors
from labeling.training.gate import gate_of
from labeling.training.models import Comparison, Promotion, TrainingRun


@transaction.atomic
def promotion_ask(
    *,
    version: ModelVersion,
    actor: User | None = None,
    reason: str = "",
    snapshot: Snapshot | None = None,
    back: bool = False,
) -> Promotion:
    """Ask that a version goes live. Enqueue ``conclude_promotion``: an embedder's index has to be built first.

    It is judged on what is held out in ``snapshot``; where none is given on that of the snapshot it came from, else of the
    vertical's newest. A ``reason`` overrides the gate. Raises :class:`ConflictError` where it is live, or on its way.
    """
    Vertical.objects.select_for_update(no_key=True).get(pk=version.vertical_id)
    live = version_live(vertical=version.vertical, kind=version.kind)
    if live is not None and live.pk == version.pk:
        raise ConflictError(f"{version} is live already.")
    if Promotion.objects.filter(version=version, accepted=None, error="").exists():
        raise ConflictError(f"{version} is being promoted already. Wait for what comes of it.")
    promotion = Promotion.objects.create(
        version=version,
        replaced=live,
        snapshot=snapshot or selectors.snapshot_to_judge_by(version=version),
        back=back,
        reason=reason,
        decided_by=actor,
    )
    audit_record(actor=actor, verb="promotion_ask", subject=promotion, version=str(version), reason=reason, back=back)
    return promotion


def version_step_back(*, vertical: Vertical, kind: str, actor: User | None = None) -> Promotion:
    """Ask that the version that was live before goes live again, with an index of the catalogue as it is now.

    Enqueue ``conclude_promotion``. Raises :class:`ConflictError` where there was none before.
    """
    before = version_before(vertical=vertical, kind=kind)
    if before is None:
        raise ConflictError(f"{vertical.slug} has had no other {kind} live. There is nothing to go back to.")
    return promotion_ask(version=before, actor=actor, reason="A step back.", back=True)


@transaction.atomic
def promotion_follow(*, run: TrainingRun) -> Promotion | None:
    """Ask for the promotion of a run's version where the run was queued to do so; the gate decides."""
    if not run.promotes or run.version is None or run.version.live:
        return None
    try:
        return promotion_ask(version=run.version, actor=run.queued_by, snapshot=run.snapshot)
    except ConflictError:
        # Another run came to the same version and has asked.
        return None


@transaction.atomic
def promotion_take(*, promotion_id: int) -> Promotion | None:
    """Begin a promotion, or take over one whose worker fell silent; None where somebody else has it or it has ended."""
    row = Promotion.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=promotion_id).first()
    if row is None or row.pk not in selectors.promotions_waiting():
        return None
    row.beat_at = timezone.now()
    row.save(update_fields=["beat_at"])
    return selectors.promotions_recent().get(pk=promotion_id)


def promotion_alive(*, promotion_id: int) -> bool:
    """Note that the worker of a promotion is there; False where it has ended."""
    open_ones = Promotion.objects.filter(pk=promotion_id, accepted=None, error="")
    return bool(open_ones.update(beat_at=timezone.now()))


def promotion_beat(*, promotion_id: int, done: int, total: int) -> None:
    """Note how many of how many products the new index holds."""
    Promotion.objects.filter(pk=promotion_id).update(done=done, total=total, beat_at=timezone.now())


@transaction.atomic
def promotion_conclude(
    *, promotion_id: int, comparison: Comparison | None = None, index: IndexBuild | None = None
) -> Promotion:
    """Open the gate or keep it shut, and make the version live with its index in the same transaction.

    ``comparison`` is that with the version that is live now. Raises :class:`ConflictError` where another went live since it
    was made: ask again, so that it is compared with that one.
    """
    promotion = (
        Promotion.objects.select_for_update(of=("self",))
        .select_related("version__vertical", "decided_by")
        .get(pk=promotion_id)
    )
    version = promotion.version
    if promotion.accepted is not None:
        return promotion
    Vertical.objects.select_for_update(no_key=True).get(pk=version.vertical_id)
    live = version_live(vertical=version.vertical, kind=version.kind)
    gate = gate_of(live=live, comparison=comparison, promotion=promotion)
    if gate.opens:
        version_go_live(version=version, index=index, actor=promotion.decided_by)
    promotion.accepted, promotion.gate, promotion.error = gate.opens, gate.record(), ""
    promotion.replaced, promotion.comparison, promotion.index = live, comparison, index if gate.opens else None
    promotion.save()
    audit_record(
        actor=promotion.decided_by,
        verb="promotion_conclude",
        subject=promotion,
        version=str(version),
        accepted=gate.opens,
        reason=promotion.reason,
        gate=gate.record(),
    )
    return promotion


def promotion_fail(*, promotion_id: int, error: str) -> None:
    """Note why a version could not go live; what is live stays so."""
    Promotion.objects.filter(pk=promotion_id, accepted=None).update(error=error)
