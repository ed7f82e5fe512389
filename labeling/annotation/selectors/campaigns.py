"""Reading labeling jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from labeling.annotation.models import Assignment, BurstItem, Campaign, Kind, PriorityRule
from labeling.common.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class KindProgress:
    """How far one kind of work of a campaign is, in seats; ``loose`` objects still wait to be put into bursts."""

    kind: Kind
    seats: int = 0
    done: int = 0
    skipped: int = 0
    loose: int = 0

    @property
    def label(self) -> str:
        """The kind in words."""
        return str(self.kind.label)


def kinds_progress(*, campaigns: Sequence[Campaign]) -> dict[int, list[KindProgress]]:
    """By campaign, each kind of work it asks for, and each that came up since, such as whole scenes for ties."""
    state = Assignment.State
    seats = Assignment.objects.filter(campaign__in=campaigns).order_by().values("campaign", "kind")
    counted = seats.annotate(
        seats=Count("pk"),
        done=Count("pk", filter=Q(state=state.SUBMITTED)),
        skipped=Count("pk", filter=Q(state=state.SKIPPED)),
    )
    rows = {(row["campaign"], row["kind"]): (row["seats"], row["done"], row["skipped"]) for row in counted}
    items = BurstItem.objects.filter(campaign__in=campaigns, burst=None).order_by().values("campaign", "kind")
    loose = {(row["campaign"], row["kind"]): row["n"] for row in items.annotate(n=Count("pk"))}
    return {
        campaign.pk: [
            KindProgress(kind, *rows.get((campaign.pk, kind), (0, 0, 0)), loose.get((campaign.pk, kind), 0))
            for kind in Kind
            if kind in campaign.kinds or (campaign.pk, kind) in rows
        ]
        for campaign in campaigns
    }


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


def campaigns_by_worth() -> list[tuple[Campaign, int]]:
    """Open campaigns that ask first for what teaches and unlocks most, each with how many seats still wait there.

    Those that were asked for because of a tie or a contradiction are not counted: nobody may be left who can take them.
    """
    campaigns = Campaign.objects.filter(state=Campaign.State.OPEN, priority_rule=PriorityRule.WORTH)
    usual = Q(assignments__state=Assignment.State.WAITING, assignments__slot__lt=F("overlap"))
    waiting = Count("assignments", filter=usual)
    counted = campaigns.select_related("vertical").annotate(left=waiting).order_by("pk")
    return [(campaign, int(vars(campaign)["left"])) for campaign in counted]


def campaigns_by_gain() -> QuerySet[Campaign]:
    """Open campaigns that ask first for what the next models learn most from, and have work that nobody holds."""
    free = Assignment.objects.filter(campaign=OuterRef("pk"), state=Assignment.State.WAITING, annotator=None)
    wanted = Campaign.objects.filter(Exists(free), state=Campaign.State.OPEN, priority_rule=PriorityRule.LEARN)
    return wanted.select_related("vertical").order_by("pk")


def campaigns_to_tend() -> QuerySet[Campaign]:
    """Open campaigns with scenes that wait for a scan, or objects that wait for a burst."""
    unready = Assignment.objects.filter(campaign=OuterRef("pk"), state=Assignment.State.WAITING, ready=False)
    loose = BurstItem.objects.filter(campaign=OuterRef("pk"), burst=None)
    tended = Campaign.objects.filter(Exists(unready) | Exists(loose), state=Campaign.State.OPEN)
    return tended.select_related("vertical").order_by("pk")
