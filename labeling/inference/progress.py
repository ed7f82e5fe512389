"""How far a vertical is, in figures a person can watch: what was imported, what was scanned, how long it will take."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta

from django.db.models import Count, Max, Min, QuerySet
from django.utils import timezone

from labeling.catalog.models import Product, Scene, Vertical
from labeling.inference import selectors
from labeling.inference.models import Scan
from labeling.inference.workers import worker_known

PACE_WINDOW = timedelta(minutes=2)
STILL_AFTER = timedelta(seconds=15)
FAILURES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class VerticalProgress:
    """``unscanned`` scenes are eligible and not queued; ``seconds_left`` is None where nothing has moved lately.

    ``worker`` is False where scans wait, nothing moves and no worker answers; None where nobody had to ask.
    """

    vertical: str
    scenes: int
    products: int
    eligible: int
    unscanned: int
    done: int
    waiting: int
    failed: int
    proposals: int
    seconds_left: float | None
    worker: bool | None

    def record(self) -> dict[str, object]:
        """The JSON form."""
        return asdict(self)


def vertical_progress(vertical: Vertical, *, ask_worker: bool = True) -> VerticalProgress:
    """Count one vertical; asking for a worker may take a second, so a page that must come at once does without."""
    counts = selectors.scans_progress(vertical)
    still = counts.waiting and not _moves(vertical)
    return VerticalProgress(
        vertical=vertical.slug,
        scenes=Scene.objects.filter(vertical=vertical).count(),
        products=Product.objects.filter(vertical=vertical).count(),
        eligible=counts.scenes,
        unscanned=selectors.scenes_unscanned(vertical).count(),
        done=counts.done,
        waiting=counts.waiting,
        failed=counts.failed,
        proposals=counts.proposals,
        seconds_left=_seconds_left(vertical, counts.waiting),
        worker=worker_known() if still and ask_worker else None,
    )


def scans_failed(vertical: Vertical) -> QuerySet[Scan]:
    """The latest failures of the live versions, with their scenes."""
    failed = selectors.scans_current(vertical).filter(state=Scan.State.FAILED)
    return failed.select_related("scene").order_by("-finished_at", "-pk")[:FAILURES_SHOWN]


def _moves(vertical: Vertical) -> bool:
    latest = selectors.scans_current(vertical).aggregate(Max("finished_at"))["finished_at__max"]
    return latest is not None and timezone.now() - latest < STILL_AFTER


def _seconds_left(vertical: Vertical, waiting: int) -> float | None:
    """What waits, at the pace of the last minutes; the pace counts from the first scan in the window."""
    if not waiting:
        return 0.0
    now = timezone.now()
    lately = selectors.scans_current(vertical).filter(finished_at__gte=now - PACE_WINDOW)
    pace = lately.aggregate(first=Min("finished_at"), last=Max("finished_at"), scans=Count("pk"))
    if pace["scans"] < 2:
        return None
    span: float = (pace["last"] - pace["first"]).total_seconds()
    return round(waiting * span / (int(pace["scans"]) - 1), 1)
