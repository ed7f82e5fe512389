"""Blind audits: automatic tags go to people who do not know of them, and what they find can stop the automation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from labeling.annotation.models import Campaign, Grade, Kind, Resolution
from labeling.annotation.services import campaign_create, objects_ask
from labeling.catalog.models import Vertical
from labeling.tags.auditing import Watched, policies_watched
from labeling.tags.evidence import agreed
from labeling.tags.models import Audit, AutomationPolicy, Tag, TagEvent
from labeling.tags.services.automating import policy_stop
from labeling.tags.services.obeying import tags_obey
from labeling.tags.services.telling import tags_move

CAMPAIGN = "Matches to check"
"""What annotators read; that these are audits only curators see."""
INSTRUCTIONS = "Pick the product that is in the picture, or say that none of them is."
PICKED_AT_ONCE = 24
"""A burst: the next are picked by where shoppers look then."""
DISAGREED = "A blind audit found it wrong."
BORNE_OUT = "A blind audit found it wrong, and two further people right."


@transaction.atomic
def audits_add(*, vertical: Vertical, tags: Sequence[int]) -> int:
    """Pick these tags, the first of them first, for blind judgement without drawing them; returns how many are new.

    Only live ones that an automation published and that were not picked before, and no more than keep ``PICKED_AT_ONCE`` of
    the vertical waiting for an answer. They count in no proof: what they were picked for is no chance.
    """
    picked = Audit.objects.filter(drawn=False, judged_at=None, tag__state=Tag.State.LIVE, tag__scene__vertical=vertical)
    room = max(PICKED_AT_ONCE - picked.count(), 0)
    published = TagEvent.objects.filter(tag=OuterRef("pk"), policy__isnull=False).order_by("-pk").values("policy")[:1]
    found = Tag.objects.filter(
        pk__in=tags, scene__vertical=vertical, source=Tag.Source.MODEL, state=Tag.State.LIVE, proposal__isnull=False,
        audit=None,
    )  # fmt: skip
    policies = dict(found.annotate(by=Subquery(published)).filter(by__isnull=False).values_list("pk", "by"))
    wanted = [tag for tag in dict.fromkeys(tags) if tag in policies][:room]
    made = [Audit(tag_id=tag, policy_id=policies[tag], drawn=False) for tag in wanted]
    Audit.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


@transaction.atomic
def audits_ask(*, vertical: Vertical) -> int:
    """Put what was picked for audit before people, as bursts of matches among other work; returns how many are new.

    The campaign measures only: it makes neither tags nor pairs, and nothing in it says what was published.
    """
    waiting = Audit.objects.filter(asked_at=None, tag__scene__vertical=vertical, tag__proposal__isnull=False)
    audits = list(waiting.select_for_update(of=("self",), skip_locked=True).select_related("tag__proposal"))
    if not audits:
        return 0
    campaign = Campaign.objects.filter(vertical=vertical, name=CAMPAIGN).first() or campaign_create(
        vertical=vertical,
        name=CAMPAIGN,
        instructions=INSTRUCTIONS,
        kinds=[Kind.MATCH_BURST],
        admit_pairs=False,
        blind_audit=True,
    )
    objects_ask(campaign=campaign, proposals=[audit.tag.proposal for audit in audits if audit.tag.proposal])
    return Audit.objects.filter(pk__in=[audit.pk for audit in audits]).update(asked_at=timezone.now())


@transaction.atomic
def audits_judge(*, resolutions: Iterable[Resolution]) -> int:
    """Take what blind annotators came to as judgements of the tags they did not know of; returns how many were judged.

    Right is the very product, or one that shares its photo, graded exact. A tag that was found wrong is held. Each audit is
    judged once, so that the order in which they were looked at stands; one that was found wrong by a single person is right
    after all, in its old place, and the tag live again, where two others have found so who knew nothing of it.
    """
    said = {each.proposal_id: each for each in resolutions if each.proposal_id is not None}
    audits = Audit.objects.filter(tag__proposal__in=said, judged_at=None, asked_at__isnull=False)
    judged = list(audits.select_for_update(of=("self",)).select_related("tag__product").order_by("pk"))
    _take_back(said)
    now = timezone.now()
    for audit in judged:
        found = said.get(audit.tag.proposal_id or 0)
        audit.correct, audit.judged_at = found is not None and _is_right(audit.tag, found), now
    Audit.objects.bulk_update(judged, ["correct", "judged_at"])
    wrong = [audit.tag_id for audit in judged if not audit.correct]
    tags_move(
        tags=Tag.objects.filter(pk__in=wrong, source=Tag.Source.MODEL, state=Tag.State.LIVE),
        state=Tag.State.HELD,
        reason=DISAGREED,
        cause=TagEvent.Cause.PEOPLE,
    )
    return len(judged)


def _take_back(said: Mapping[int, Resolution]) -> None:
    """Turn audits that one person had found wrong, and at least two others have now found right."""
    doubted = Audit.objects.filter(tag__proposal__in=said, correct=False).select_for_update(of=("self",))
    borne_out = agreed(resolutions=Resolution.objects.filter(pk__in=[each.pk for each in said.values()]))
    turned = []
    for audit in doubted.select_related("tag__product", "tag__scene").order_by("pk"):
        found = said[audit.tag.proposal_id or 0]
        if found.pk in borne_out and _is_right(audit.tag, found):
            audit.correct = True
            turned.append(audit)
    Audit.objects.bulk_update(turned, ["correct"])
    # What was held for another reason since stays held.
    tags_move(
        tags=Tag.objects.filter(audit__in=turned, source=Tag.Source.MODEL, state=Tag.State.HELD, reason=DISAGREED),
        state=Tag.State.LIVE,
        reason=BORNE_OUT,
        cause=TagEvent.Cause.PEOPLE,
    )
    tags_obey(scenes={audit.tag.scene for audit in turned})


@transaction.atomic
def policies_stop_failing(*, vertical: Vertical) -> list[AutomationPolicy]:
    """Stop every automation whose audits prove that it misses its target; returns the policies that were stopped.

    Where the pooled policy fails in one category alone, that category is stopped under a policy of its own and the others
    go on.
    """
    stopped: list[AutomationPolicy] = []
    for watched in policies_watched(vertical=vertical):
        # What is wrong with one category may be all that is wrong with the whole: that is looked at anew next time.
        whole = watched.policy.category is None and watched.category is None
        if watched.precision.alarm and not (whole and stopped):
            stopped.append(policy_stop(policy=_of_its_own(watched), reason=_finding(watched)))
    return stopped


def _of_its_own(watched: Watched) -> AutomationPolicy:
    """The policy that is stopped: the one that published, or one for the category that failed under it."""
    if watched.category is None or watched.category == watched.policy.category:
        return watched.policy
    policy, _ = AutomationPolicy.objects.get_or_create(
        vertical=watched.policy.vertical,
        category=watched.category,
        defaults={
            "target_precision": watched.policy.target_precision,
            "audit_share": watched.policy.audit_share,
            "reach": watched.policy.reach,
        },
    )
    return policy


def _finding(watched: Watched) -> str:
    found = watched.precision
    return (
        f"blind audits found {found.judged - found.right} of {found.judged} wrong, "
        f"which proves less than {watched.policy.target_precision:.0%} right."
    )


def _is_right(tag: Tag, said: Resolution) -> bool:
    if not said.accepted or said.product is None or said.grade != Grade.EXACT:
        return False
    group = tag.product.same_photo_group
    return said.product_id == tag.product_id or bool(group and group == said.product.same_photo_group)
