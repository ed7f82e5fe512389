"""Fitting a version of the ranking to a snapshot of the dataset, at once or as a job."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.catalog.models import Vertical
from labeling.common.audit import audit_record
from labeling.common.errors import ConflictError
from labeling.common.jobs import OPEN, job_queue, job_whole
from labeling.common.models import Job
from labeling.datasets.models import Snapshot
from labeling.datasets.selectors import snapshot_verify, snapshot_without_leaks
from labeling.serving import guards, ranker, selectors
from labeling.serving.frozen import Frozen, frozen_of
from labeling.serving.lessons import known_of
from labeling.serving.models import RankerState
from labeling.serving.services.fitting import told_as_json
from labeling.serving.services.learning import version_open

FIT = "fit_ranking"


def fit_queue(*, snapshot: Snapshot, actor: User) -> Job:
    """Ask for a version that is fitted to a snapshot. Raises ConflictError where that could not be, or one is being fitted."""
    _live(snapshot)
    if Job.objects.filter(kind=FIT, state__in=OPEN, parameters__vertical=snapshot.vertical_id).exists():
        raise ConflictError(f"The ranking of {snapshot.vertical} is being fitted already. Wait for it.")
    return job_queue(kind=FIT, actor=actor, parameters={"vertical": snapshot.vertical_id, "snapshot": snapshot.pk})


def fit_run(*, job_id: int) -> RankerState | None:
    """Fit what a job asks for; None where somebody else has the job, it was cancelled, or it failed with its reason."""
    return job_whole(
        job_id=job_id,
        make=_fitted,
        result=lambda made: {"version": made.number, "live": made.live, "reason": made.reason},
    )


def _fitted(job: Job) -> RankerState:
    snapshot = Snapshot.objects.select_related("vertical").get(pk=job.parameters["snapshot"])
    return ranker_fit_frozen(snapshot=snapshot, actor=job.owner)


def ranker_fit_frozen(*, snapshot: Snapshot, actor: User | None = None) -> RankerState:
    """Fit a version to a snapshot and to what shoppers had done when it was frozen, and let it serve if the guards let it.

    The version keeps the snapshot's hash and the lessons that make it again. What the guards refuse is kept on record with the
    reason. The next fit to all that is known follows as ever: freeze the ranking to keep this one.

    Raises :class:`ConflictError` where nothing was looked at before the snapshot was frozen, the ranking is frozen or another
    went live meanwhile, ``SnapshotTampered`` and ``SnapshotLeaks`` as everything does that learns from a snapshot.
    """
    vertical, live = snapshot.vertical, _live(snapshot)
    snapshot_without_leaks(snapshot=snapshot)
    snapshot_verify(snapshot=snapshot)
    frozen = frozen_of(snapshot=snapshot)
    try:
        taught, fitted = (
            ranker.version_fit(lessons, frozen.showings, now=snapshot.frozen_at, slack=ranker.SLACK)
            for lessons in (frozen.teaching, frozen.lessons)
        )
    except ValueError as error:
        raise ConflictError(
            f"Nobody had looked at anything when {snapshot} was frozen ({error}). Freeze another, and fit to that."
        ) from error
    report, why = _judged(live, frozen, taught, fitted)
    name = ranker.lessons_keep(fitted, settings.RANKER_ROOT)
    with transaction.atomic():
        Vertical.objects.select_for_update(no_key=True).get(pk=vertical.pk)
        now_live = selectors.ranker_live(vertical=vertical)
        if now_live is None or now_live.pk != live.pk or now_live.frozen:
            raise ConflictError("Another ranking went live, or it was frozen, meanwhile. Fit it once more.")
        made = version_open(
            vertical=vertical,
            ranking=fitted.ranking,
            reason=f"Refused: {why}"
            if why
            else f"Fitted to snapshot {snapshot.number} and what was looked at by then.",
            report=report,
            lessons=name,
            snapshot_hash=snapshot.content_hash,
            live=not why,
        )
        audit_record(actor=actor, verb="ranker_fit_frozen", subject=made, snapshot=snapshot.number, live=made.live)
    return made


def _judged(
    live: RankerState, frozen: Frozen, taught: ranker.Fitted, fitted: ranker.Fitted
) -> tuple[dict[str, Any], str]:
    """What the fit and the guards saw, and why it may not serve: by looks it did not learn from, by people's word on lists that
    it did not learn from, and on the test split of the snapshot."""
    held = known_of(vertical=live.vertical, now=timezone.now()).held
    values = {
        "new": ranker.worth(held, taught.ranking),
        "live": ranker.worth(held, selectors.ranking_of(live.pk, live.created_at)),
        "usual": ranker.worth(held, None),
    }
    usual, ndcg, lists = ranker.human_ndcg5(frozen.judging, fitted.ranking)
    seen = fitted.report
    words = (
        guards.refusal(new=values["new"], live=values["live"], ndcg=mine, usual=other, lists=count, slack=ranker.SLACK)
        for mine, other, count in ((seen.ndcg5, seen.usual_ndcg5, seen.lists_judged), (ndcg, usual, lists))
    )
    report = {
        **seen.to_dict(),
        "learned": live.events,
        "worth": {name: told_as_json(asdict(value)) for name, value in values.items()},
        "test": {"ndcg5": ndcg, "usual_ndcg5": usual, "lists": lists},
    }
    return report, next(filter(None, words), "")


def _live(snapshot: Snapshot) -> RankerState:
    live = selectors.ranker_live(vertical=snapshot.vertical)
    if live is None:
        raise ConflictError("Nothing has been learned yet: serve looks first.")
    if live.frozen:
        raise ConflictError("The ranking is frozen. Let it learn on first.")
    return live
