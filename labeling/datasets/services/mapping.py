"""Drawing the map of a vertical's pairs, as a job."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from django.db.models import F, Func, OuterRef, Subquery

from labeling.accounts.models import User
from labeling.catalog.models import Scene, Vertical
from labeling.common.errors import ConflictError
from labeling.common.jobs import JobStopped, Pace, job_fail, job_finish, job_queue, job_take
from labeling.common.models import Job
from labeling.datasets.mapping import plane_of
from labeling.datasets.models import Pair, PairMap
from labeling.inference.models import Candidate, ModelVersion
from labeling.inference.selectors import live_versions
from models_ml.types import Box, Vectors

MAP = "pair_map"
PAIRS = 4_000
"""Pairs on a map: as many points as a person can tell apart, drawn at random and always the same."""
RIGHT, WRONG, UNKNOWN = 0, 1, 2
Embed = Callable[[Scene, Sequence[Box], ModelVersion], Vectors | None]


def map_queue(*, vertical: Vertical, actor: User) -> Job:
    """Ask for a new map. Raises ConflictError where no embedder is live, or one is being drawn already."""
    if live_versions(vertical) is None:
        raise ConflictError(f"{vertical} has no live models to see with. Load some first: manage.py load_models.")
    open_ones = Job.objects.filter(kind=MAP, state__in=[Job.State.WAITING, Job.State.RUNNING])
    if open_ones.filter(parameters__vertical=vertical.pk).exists():
        raise ConflictError(f"A map of {vertical} is being drawn already. Wait for it.")
    return job_queue(kind=MAP, actor=actor, parameters={"vertical": vertical.pk})


def map_draw(*, job_id: int, embed: Embed) -> bool:
    """Draw the map a job asks for; ``embed`` gives the vectors of a scene's boxes, None where its picture is no more.

    False where somebody else has the job, it was cancelled, or it failed with its reason.
    """
    job = job_take(job_id=job_id)
    if job is None:
        return False
    try:
        job_finish(job=job, result=_draw(job, embed))
    except JobStopped:
        return False
    except Exception as error:
        job_fail(job=job, error=f"{type(error).__name__}: {error}")
        raise
    return True


def _draw(job: Job, embed: Embed) -> dict[str, object]:
    vertical = Vertical.objects.get(pk=job.parameters["vertical"])
    live = live_versions(vertical)
    if live is None:
        raise ConflictError(f"{vertical} has no live models any more. Load some first: manage.py load_models.")
    first = Candidate.objects.filter(proposal=OuterRef("resolution__proposal"), rank=1).values("product")[:1]
    pairs = Pair.objects.filter(vertical=vertical, withdrawn_at=None).select_related("scene", "filed_under")
    chosen = list(pairs.annotate(first=Subquery(first)).order_by(Func(F("pk"), function="hashint8"))[:PAIRS])
    by_scene = defaultdict[int, list[Pair]](list)
    for pair in chosen:
        by_scene[pair.scene_id].append(pair)
    job.done, job.total, pace = 0, len(chosen), Pace(job)
    seen: list[Pair] = []
    vectors: list[Vectors] = []
    for together in by_scene.values():
        found = embed(together[0].scene, [pair.box for pair in together], live.embedder)
        if found is not None:
            seen += together
            vectors.append(found)
        pace.done(len(together))
    plane = plane_of(np.concatenate(vectors) if vectors else np.zeros((0, 1), np.float32))
    names = sorted({pair.filed_under.name for pair in seen if pair.filed_under is not None})
    points = {
        "pairs": [pair.pk for pair in seen],
        "x": [round(float(x), 4) for x in plane.points[:, 0]],
        "y": [round(float(y), 4) for y in plane.points[:, 1]],
        "categories": names,
        "category": [names.index(pair.filed_under.name) if pair.filed_under else -1 for pair in seen],
        "error": [_error(pair.first, pair.product_id) for pair in seen],  # type: ignore[attr-defined]
    }
    values = {"embedder": live.embedder, "points": points, "shares": [round(share, 4) for share in plane.shares]}
    PairMap.objects.update_or_create(vertical=vertical, defaults=values)
    return {"pairs": len(seen), "not_opened": len(chosen) - len(seen)}


def _error(first: int | None, product: int) -> int:
    return UNKNOWN if first is None else RIGHT if first == product else WRONG
