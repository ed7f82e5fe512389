"""What the policies of places do to work that waits for people, and undo again."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from labeling.annotation.models import Assignment, Burst, BurstItem
from labeling.brands.selectors import scenes_closed, scenes_open
from labeling.catalog.models import Scene


@transaction.atomic
def seats_obey(*, scenes: QuerySet[Scene]) -> int:
    """Take the work of those of ``scenes`` that are closed now out of the queue; returns how many seats left it.

    Seats at a scene wait unready, and are offered again when the place opens. A burst that nobody has seen yet is taken
    apart, so that its other objects are asked about in another; one that was begun is lent to nobody else. What is in
    somebody's hands may still be submitted: no tag comes of it.
    """
    closed = scenes_closed(scenes)
    waiting = Assignment.objects.filter(state=Assignment.State.WAITING)
    cleared = waiting.filter(ready=True, scene__in=closed.values("pk")).update(ready=False)
    # What was shown once needs no new scan; what never was waits for the next tending.
    again = waiting.filter(ready=False, scan__isnull=False, scene__in=scenes_open(scenes).values("pk"))
    again.update(ready=True)
    cleared += _bursts_dissolve(closed)
    holding = BurstItem.objects.filter(burst=OuterRef("burst"))
    touched = waiting.filter(burst__items__scene__in=scenes.values("pk"))
    barred = Exists(holding.filter(scene__in=scenes_closed(Scene.objects.all()).values("pk")))
    cleared += waiting.filter(pk__in=touched.filter(barred, ready=True).values("pk")).update(ready=False)
    waiting.filter(pk__in=touched.filter(~barred, ready=False).values("pk")).update(ready=True)
    return cleared


def _bursts_dissolve(closed: QuerySet[Scene]) -> int:
    """Loosen the objects of bursts that hold a closed scene's and that nobody was ever lent; returns how many seats went."""
    holding = BurstItem.objects.filter(burst=OuterRef("burst"), scene__in=closed.values("pk"))
    seats = Assignment.objects.filter(Exists(holding), burst__isnull=False)
    locked = list(seats.select_for_update(skip_locked=True, of=("self",)).values_list("pk", "burst"))
    known = Burst.objects.filter(pk__in={burst for _, burst in locked})
    seen = Assignment.objects.filter(burst=OuterRef("pk")).exclude(
        pk__in=[pk for pk, _ in locked], state=Assignment.State.WAITING, annotator=None, former={}
    )
    unseen = list(known.exclude(Exists(seen)).values_list("pk", flat=True))
    # Gold was mixed into these bursts alone, and is mixed anew into those that come of them.
    BurstItem.objects.filter(burst__in=unseen, plant__isnull=False).delete()
    BurstItem.objects.filter(burst__in=unseen).update(burst=None, position=0)
    _, gone = Burst.objects.filter(pk__in=unseen).delete()
    return gone.get(Assignment._meta.label, 0)
