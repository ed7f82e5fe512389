"""What workers do. Rows are the queue and a message is a nudge: lost, doubled or late, it does no harm."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import groupby

from celery import current_app, shared_task
from celery.signals import worker_process_init
from django.db import transaction

from labeling.catalog.models import Vertical
from labeling.common.errors import trouble_logged
from labeling.inference import selectors, services
from labeling.inference.findings import Refusal, Wishes
from labeling.inference.models import Scan

SCAN_CHUNK = 4
"""Scenes a message: few enough that a retrieval never waits long behind it on a worker that does both."""
SWEEP_LIMIT = 256
REFRESH_SECONDS = 300.0
"""A rebuild is asked for at every beat of ``sync_indexes`` until it is done: time to be reached on a busy worker, and no heap."""
QUEUES_THAT_LOOK = {"gpu", "fast"}

log = logging.getLogger(__name__)


def chunked(scan_ids: Sequence[int]) -> list[list[int]]:
    """Scan ids in the portions that :func:`propose_scenes` takes."""
    return [list(scan_ids[start : start + SCAN_CHUNK]) for start in range(0, len(scan_ids), SCAN_CHUNK)]


@shared_task
def propose_scene(scan_id: int) -> None:
    """Propose boxes and matches for one queued scene."""
    propose_scenes([scan_id])


@shared_task
def propose_scenes(scan_ids: list[int]) -> None:
    """Propose boxes and matches for queued scenes; those done or in another worker's hands are passed over.

    The attempt is counted first, in a transaction of its own, so that it counts even if the worker is killed. The rows
    are then locked while the models look: a killed worker's connection gives them back at once.
    """
    claimed = services.scans_claim(scan_ids=scan_ids)
    try:
        with transaction.atomic():
            scans = services.scans_hold(scan_ids=claimed)
            for _, same in groupby(
                scans, key=lambda scan: (scan.scene.vertical_id, scan.detector_id, scan.embedder_id)
            ):
                _propose(list(same))
    except Exception as error:
        # Whatever the models stumbled over is told on the rows, and the sweep tries them one by one.
        services.scans_excuse(scan_ids=claimed, error=f"{type(error).__name__}: {error}")
        raise


def _propose(scans: list[Scan]) -> None:
    """Look at scenes of one vertical with the same versions, and record what is found."""
    from labeling.inference import runtime

    first = scans[0]
    index = selectors.index_of(first.embedder)
    found = runtime.findings(
        [scan.scene for scan in scans],
        detector=first.detector,
        embedder=first.embedder,
        index=index,
        categories=selectors.class_categories(first.scene.vertical),
    )
    for scan, result in zip(scans, found, strict=True):
        if isinstance(result, Refusal):
            services.scan_fail(scan_id=scan.pk, error=result.reason)
        else:
            services.scan_record(scan_id=scan.pk, findings=result, index=index)


@shared_task
def retrieve_candidates(retrieval_id: int) -> None:
    """Answer a person who moved a box or changed its category; answered once, however often it is asked."""
    from labeling.inference import runtime

    try:
        with transaction.atomic():
            retrieval = services.retrieval_hold(retrieval_id=retrieval_id)
            if retrieval is None:
                return
            live = services.versions_needed(retrieval.scene.vertical)
            index = selectors.index_of(live.embedder)
            matches = runtime.retrieve(
                retrieval.scene,
                retrieval.box,
                retrieval.category.slug if retrieval.category else None,
                embedder=live.embedder,
                index=index,
                wishes=Wishes.of(retrieval.wishes),
                beside=selectors.slates_beside(retrieval.scene, retrieval.box) if runtime.reads(live.embedder) else (),
            )
            services.retrieval_record(retrieval_id=retrieval_id, matches=matches, index=index)
    except Exception as error:
        # The person sees why, and may ask again.
        services.retrieval_fail(retrieval_id=retrieval_id, error=f"{type(error).__name__}: {error}")
        raise


@shared_task
def refresh_index(vertical_id: int) -> None:
    """Build a vertical's index anew where the catalogue has changed since, and make it live."""
    from labeling.inference import runtime

    live = services.versions_needed(Vertical.objects.get(pk=vertical_id))
    services.index_refresh(embedder=live.embedder, build=runtime.index_build)


@shared_task
def sync_indexes() -> None:
    """Take what came, went or changed in the catalogue into every live index."""
    from labeling.inference import runtime

    for index in selectors.indexes_live():
        if index.seen is None:
            refresh_index.apply_async((index.vertical_id,), expires=REFRESH_SECONDS)
            continue
        with trouble_logged(log, "%s could not take in what changed", index):
            services.index_sync(index_id=index.pk, embed=runtime.pictures_embed)


@shared_task
def tidy_indexes() -> None:
    """Build anew the indexes that have taken in a good part of themselves, and forget changes that all have seen."""
    from labeling.inference import runtime

    for index in selectors.indexes_live():
        with trouble_logged(log, "%s could not be built anew", index):
            # What came in the last seconds is taken in first, or one new product would have the whole built anew.
            if index.seen is not None:
                services.index_sync(index_id=index.pk, embed=runtime.pictures_embed)
            refresh_index(index.vertical_id)
    services.changes_prune()


@worker_process_init.connect
def warm_up_worker(**_: object) -> None:
    """Read the live models before work comes, so that nobody waits for them; in workers that look at pictures."""
    from labeling.inference import runtime

    if not QUEUES_THAT_LOOK & set(current_app.amqp.queues.consume_from):
        return
    # Whoever needs them meets the same error, in its place; a worker without models has other work too.
    with trouble_logged(log, "the live models could not be read ahead"):
        for live in filter(None, map(selectors.live_versions, Vertical.objects.all())):
            runtime.warm_up(live.detector, live.embedder)


@shared_task
def sweep_scans() -> None:
    """Nudge scans that wait too long: their message, or the worker that had it, was lost."""
    fresh, tried = services.scans_sweep(limit=SWEEP_LIMIT)
    for chunk in chunked(fresh):
        propose_scenes.delay_on_commit(chunk)
    # One by one, so that a scene that breaks a worker takes no other with it.
    for scan_id in tried:
        propose_scene.delay_on_commit(scan_id)


@shared_task
def sweep_retrievals() -> None:
    """Nudge retrievals that wait too long."""
    for retrieval_id in services.retrievals_sweep(limit=SWEEP_LIMIT):
        retrieve_candidates.delay_on_commit(retrieval_id)
