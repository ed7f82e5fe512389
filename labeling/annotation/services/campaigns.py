"""Setting up a labeling job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction

from labeling.accounts.models import User
from labeling.annotation.models import Campaign, CampaignPicture, Kind, PriorityRule
from labeling.catalog.models import Category, Vertical
from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError, ConflictError
from labeling.common.storage import image_store

BURST_LIMIT = 96
MOST_PICTURES = 12


@transaction.atomic
def campaign_create(
    *,
    vertical: Vertical,
    name: str,
    actor: User | None = None,
    instructions: str = "",
    kinds: Sequence[str] = (Kind.SCENE,),
    categories: Iterable[Category] = (),
    priority_rule: str = PriorityRule.ARRIVAL,
    burst_size: int = 24,
    burst_floor: float = 0.5,
    overlap: int = 1,
    bulk_confirm: bool = True,
    admit_pairs: bool = True,
    blind_audit: bool = False,
) -> Campaign:
    """An open campaign without scenes; ``overlap`` people will judge each object. No ``categories`` are all of them."""
    _check(kinds, overlap, burst_size)
    try:
        with transaction.atomic():
            campaign = Campaign.objects.create(
                vertical=vertical,
                name=name,
                instructions=instructions,
                kinds=list(kinds),
                priority_rule=priority_rule,
                burst_size=burst_size,
                burst_floor=burst_floor,
                overlap=overlap,
                bulk_confirm=bulk_confirm,
                admit_pairs=admit_pairs,
                blind_audit=blind_audit,
                created_by=actor,
            )
    except IntegrityError as error:
        raise ConflictError(
            f"{vertical} has a campaign “{name}” already. Choose another name.", fields={"name": "taken"}
        ) from error
    campaign.categories.set(categories)
    audit_record(actor=actor, verb="campaign created", subject=campaign, name=name)
    return campaign


@transaction.atomic
def campaign_picture_add(*, campaign: Campaign, data: bytes, caption: str = "") -> CampaignPicture:
    """One more picture for the instructions. Raises ``ImageRefused``, or an error beyond the twelfth."""
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    position = campaign.pictures.count()
    if position >= MOST_PICTURES:
        raise ApplicationError(f"Instructions hold at most {MOST_PICTURES} pictures.", fields={"pictures": "too many"})
    stored = image_store(data, item=caption or f"picture {position + 1}")
    return CampaignPicture.objects.create(
        campaign=campaign,
        position=position,
        caption=caption,
        image=stored.path,
        sha256=stored.sha256,
        width=stored.width,
        height=stored.height,
    )


@transaction.atomic
def campaign_state_set(*, campaign: Campaign, state: Campaign.State, actor: User) -> Campaign:
    """Open, pause or close a campaign. A paused one lends nothing new; what is lent already may still be submitted."""
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if campaign.state != state:
        campaign.state = state
        campaign.save(update_fields=["state", "updated_at"])
        audit_record(actor=actor, verb="campaign state set", subject=campaign, state=str(state))
    return campaign


@transaction.atomic
def campaign_quality_set(
    *,
    campaign: Campaign,
    actor: User | None,
    sure_at: float,
    more_eyes: int,
    gold_share: float,
    trick_share: float,
    pass_score: float | None,
    entry_test: int,
) -> Campaign:
    """How sure people must be together, and how much gold each of them is measured by; shares are in [0, 1].

    Raises an error that names the field where a figure is out of its range, or a test has no score to pass.
    """
    ranges = {
        "sure_at": (0.5 <= sure_at < 1, "Between 50 % and just under 100 %."),
        "more_eyes": (0 <= more_eyes <= 20, "Between 0 and 20 people."),
        "gold_share": (0 <= gold_share <= 0.5, "At most half of what is shown may be gold."),
        "trick_share": (0 <= trick_share <= 1, "A share between 0 and 100 %."),
        "pass_score": (pass_score is None or 0 < pass_score <= 1, "Between 0 and 100 %, or nothing."),
        "entry_test": (0 <= entry_test <= 500 and (pass_score is not None or not entry_test),
                       "At most 500 objects, and only with a score to pass."),
    }  # fmt: skip
    if faults := {name: words for name, (fits, words) in ranges.items() if not fits}:
        raise ApplicationError(next(iter(faults.values())), fields=faults)
    given = {
        "sure_at": sure_at,
        "more_eyes": more_eyes,
        "gold_share": gold_share,
        "trick_share": trick_share,
        "pass_score": pass_score,
        "entry_test": entry_test,
    }
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    for name, value in given.items():
        setattr(campaign, name, value)
    campaign.save(update_fields=[*given, "updated_at"])
    audit_record(actor=actor, verb="campaign quality set", subject=campaign, **given)
    return campaign


def _check(kinds: Sequence[str], overlap: int, burst_size: int) -> None:
    if overlap < 1:
        raise ApplicationError(
            "At least one person must see each scene: set overlap to 1 or more.", fields={"overlap": "min 1"}
        )
    if not 1 <= burst_size <= BURST_LIMIT:
        raise ApplicationError(
            f"A burst holds 1 to {BURST_LIMIT} objects, not {burst_size}.", fields={"burst_size": f"1 to {BURST_LIMIT}"}
        )
    unknown = set(kinds) - set(Kind.values)
    if not kinds or unknown:
        raise ApplicationError(
            f"Choose at least one kind of work among {', '.join(Kind.values)}.", fields={"kinds": "choose"}
        )
