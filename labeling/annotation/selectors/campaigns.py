"""Reading labeling jobs."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from labeling.annotation.models import Assignment, BurstItem, Campaign
from labeling.common.errors import NotFoundError


def campaigns_open() -> QuerySet[Campaign]:
    """Campaigns that lend work, newest first, with ``seats``, ``waiting`` and ``submitted`` counted."""
    return _counted(Campaign.objects.filter(state=Campaign.State.OPEN))


def campaigns_listed(*, before: int | None = None, size: int = 50) -> QuerySet[Campaign]:
    """All campaigns, newest first, counted in the same way."""
    campaigns = Campaign.objects.all() if before is None else Campaign.objects.filter(pk__lt=before)
    return _counted(campaigns.filter(pk__in=campaigns.order_by("-pk").values("pk")[:size]))


def _counted(campaigns: QuerySet[Campaign]) -> QuerySet[Campaign]:
    state = Assignment.State
    return (
        campaigns.select_related("vertical")
        .annotate(
            seats=Count("assignments"),
            waiting=Count("assignments", filter=Q(assignments__state=state.WAITING)),
            submitted=Count("assignments", filter=Q(assignments__state=state.SUBMITTED)),
        )
        .order_by("-id")
    )


def campaign_get(*, campaign_id: int) -> Campaign:
    """A campaign with its vertical. Raises :class:`NotFoundError`."""
    campaign = Campaign.objects.select_related("vertical").filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFoundError(f"There is no campaign {campaign_id}.")
    return campaign


def campaigns_to_tend() -> QuerySet[Campaign]:
    """Open campaigns with scenes that wait for a scan, or objects that wait for a burst."""
    unready = Assignment.objects.filter(campaign=OuterRef("pk"), state=Assignment.State.WAITING, ready=False)
    loose = BurstItem.objects.filter(campaign=OuterRef("pk"), burst=None)
    tended = Campaign.objects.filter(Exists(unready) | Exists(loose), state=Campaign.State.OPEN)
    return tended.select_related("vertical").order_by("pk")
