"""Reading tags, and the policies of automation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.selectors import barred, claims_over, scenes_open
from labeling.catalog.models import Category, PageHost, Product, ProductImage, Scene, Vertical
from labeling.catalog.selectors import offered
from labeling.inference.models import Candidate
from labeling.tags.models import AutomationPolicy, Tag, TagReview
from labeling.tags.signals import Slate

RULED_BATCH = 200


def tags_live(*, scene: Scene) -> QuerySet[Tag]:
    """What a shopper may see of a scene, with products, brands and pictures; what the place's owner bars is left out."""
    return tags_shown().filter(tags_visible(scenes=[scene]))


def tags_visible(*, scenes: Iterable[Scene]) -> Q:
    """Which tags of these scenes shoppers may see now: live ones of what can be bought, as far as the owners let them, and
    none in a scene that was tagged and has turned out to be paid for, or a business account's.

    Policies are asked here, at each look, so that a choice holds from the next one on; jobs bring the states in line later.
    """
    scenes = list(scenes)
    kept_out = Q(pk__in=[])
    for claim, scene_ids in _by_claim(scenes).items():
        unwanted = barred(claim=claim)
        if claim.policy == Policy.REVIEW_FIRST:
            unwanted |= ~ruled_under(claim=claim)
        kept_out |= Q(scene__in=scene_ids) & unwanted
    eligible = [scene.pk for scene in scenes if scene.organic and not scene.business_account]
    return Q(offered("product__"), scene__in=eligible, state=Tag.State.LIVE) & ~kept_out


def ruled_under(*, claim: DomainClaim) -> Q:
    """Tags on which a ruling stands that was made since the place has been in these hands: policies leave them to it."""
    since = claim.verified_at or claim.created_at
    return Q(Exists(TagReview.objects.filter(tag=OuterRef("pk"), created_at__gte=since)), ruled=True)


def scenes_tagged(*, before: int | None, size: int) -> list[Scene]:
    """One page of scenes that show at least one live tag, newest first, by key."""
    live = Tag.objects.filter(offered("product__"), scene=OuterRef("pk"), state=Tag.State.LIVE)
    scenes = scenes_open(Scene.objects.filter(Exists(live))).order_by("-id")
    shown: list[Scene] = []
    while len(shown) < size:
        batch = list((scenes if before is None else scenes.filter(pk__lt=before))[:size])
        if not batch:
            break
        counts = tag_counts(scenes=batch)
        shown += [scene for scene in batch if scene.pk in counts]
        before = batch[-1].pk
    return shown[:size]


def tag_counts(*, scenes: list[Scene]) -> dict[int, int]:
    """How many live tags each scene shows, by scene id; those that show none are left out."""
    live = Tag.objects.filter(tags_visible(scenes=scenes))
    return dict(live.values_list("scene").annotate(n=Count("pk")).order_by())


def pages_due(*, limit: int) -> list[int]:
    """Products behind live tags whose pages are to be looked at now, one of each domain, the longest due first."""
    now = timezone.now()
    tagged = Exists(Tag.objects.filter(product=OuterRef("pk"), state=Tag.State.LIVE))
    due = Product.objects.filter(tagged, Q(page=None) | Q(page__due_at__lte=now)).exclude(url="")
    spared = PageHost.objects.filter(free_at__gt=now).values("host")
    firsts = due.exclude(domain__in=spared).order_by("domain", F("page__due_at").asc(nulls_first=True), "pk")
    return [pk for pk, _ in firsts.distinct("domain").values_list("pk", "domain")[:limit]]


def tags_invalid(*, vertical: Vertical) -> dict[str, int]:
    """Live tags of a vertical that are not served, by what is wrong with the product: ``gone``, ``unavailable``, ``old``."""
    live = Tag.objects.filter(scene__vertical=vertical, state=Tag.State.LIVE)
    gone, sold_out = Q(product__gone_at__isnull=False), Q(product__available=False)
    return live.aggregate(
        gone=Count("pk", filter=gone),
        unavailable=Count("pk", filter=~gone & sold_out),
        old=Count("pk", filter=~gone & ~sold_out & Q(product__fresh_until__lte=timezone.now())),
    )


def tags_shown() -> QuerySet[Tag]:
    """Tags with all that a card of one needs."""
    pictures = Prefetch("product__images", queryset=ProductImage.objects.order_by("position"))
    return Tag.objects.select_related(
        "scene", "category", "product__vertical", "product__brand", "product__category"
    ).prefetch_related(pictures)


def tags_at(*, claim: DomainClaim) -> QuerySet[Tag]:
    """Tags on the scenes of a claimed place, what waits for its owner first; a more specific claim may rule some of them."""
    return tags_shown().filter(scene__places__contains=[claim.place]).order_by(F("state").asc(), "-id")


def tags_of_owner(*, tag_ids: Iterable[int], owner: User) -> dict[int, Tag]:
    """Of these tags those that this person may rule on, by id: they stand on places that the person holds."""
    tags = list(tags_shown().filter(pk__in=list(tag_ids)))
    over = claims_over(scenes=[tag.scene for tag in tags])
    return {tag.pk: tag for tag in tags if (claim := over[tag.scene_id]) is not None and claim.owner_id == owner.pk}


def reviews_of_owner(*, uuids: Iterable[UUID], owner: User) -> list[TagReview]:
    """Of the rulings with these UUIDs those on places that this person holds."""
    reviews = list(TagReview.objects.filter(client_uuid__in=list(uuids)).select_related("tag__scene"))
    mine = tags_of_owner(tag_ids=[review.tag_id for review in reviews], owner=owner)
    return [review for review in reviews if review.tag_id in mine]


def tags_ruled(
    *, claim: DomainClaim, state: str, before: int | None, size: int, product: int | None = None
) -> list[Tag]:
    """One page of the tags this claim rules in a state, newest first, by key; a more specific claim rules its own."""
    tags = tags_at(claim=claim).filter(state=state).order_by("-id")
    if product is not None:
        tags = tags.filter(product=product)
    ruled: list[Tag] = []
    while len(ruled) < size:
        batch = list((tags if before is None else tags.filter(pk__lt=before))[:RULED_BATCH])
        if not batch:
            break
        over = claims_over(scenes=[tag.scene for tag in batch])
        ruled += [tag for tag in batch if over[tag.scene_id] == claim]
        before = batch[-1].pk
    return ruled[:size]


def slates_of(*, tags: Iterable[Tag]) -> dict[int, list[Product]]:
    """What the models found for the object of each tag, best first, by tag id; empty where no model proposed it."""
    proposals = {tag.pk: tag.proposal_id for tag in tags if tag.proposal_id is not None}
    found: dict[int, list[Product]] = {pk: [] for pk in proposals.values()}
    candidates = Candidate.objects.filter(proposal__in=found).order_by("proposal", "rank")
    shown = candidates.select_related("product__brand", "product__category").prefetch_related("product__images")
    for candidate in shown:
        found[candidate.proposal_id].append(candidate.product)
    return {pk: found[proposal] for pk, proposal in proposals.items()}


def policies_enabled() -> QuerySet[AutomationPolicy]:
    """Automation that a curator has switched on, the vertical's pooled policy last."""
    return (
        AutomationPolicy.objects.filter(enabled=True)
        .select_related("vertical", "category")
        .order_by(F("category").asc(nulls_last=True))
    )


def policies_stopped() -> QuerySet[AutomationPolicy]:
    """Automation that stopped by itself and has not been switched on again, the latest first."""
    stopped = AutomationPolicy.objects.filter(enabled=False).exclude(stopped_reason="")
    return stopped.select_related("vertical", "category").order_by("-stopped_at", "-pk")


def slates_under(*, policy: AutomationPolicy, slates: Sequence[Slate]) -> npt.NDArray[np.bool_]:
    """Which slates a policy rules: those of its category, or with none those of all that do not stand apart."""
    if policy.category is not None:
        return np.array([slate.category == policy.category.slug for slate in slates], dtype=bool)
    apart = categories_apart(vertical=policy.vertical)
    return np.array([slate.category not in apart for slate in slates], dtype=bool)


def policies_by_vertical() -> list[tuple[Vertical, list[AutomationPolicy]]]:
    """The automation that is switched on, vertical by vertical, categories before the pooled policy."""
    by_vertical: dict[Vertical, list[AutomationPolicy]] = {}
    for policy in policies_enabled():
        by_vertical.setdefault(policy.vertical, []).append(policy)
    return list(by_vertical.items())


def policies_of(*, vertical: Vertical) -> list[AutomationPolicy]:
    """A policy for the whole vertical and one for each category; those never set come unsaved, with the defaults."""
    kept = {policy.category_id: policy for policy in AutomationPolicy.objects.filter(vertical=vertical)}
    categories: list[Category | None] = [None, *vertical.categories.order_by("name")]
    return [
        kept.get(category.pk if category else None) or AutomationPolicy(vertical=vertical, category=category)
        for category in categories
    ]


def categories_apart(*, vertical: Vertical) -> set[str]:
    """The categories whose tags are no matter of the vertical's pooled policy, by slug.

    Those that decide for themselves, and those that were switched off or stopped: pooled evidence does not overrule that.
    """
    own = AutomationPolicy.objects.filter(vertical=vertical, category__isnull=False)
    apart = own.filter(Q(enabled=False, stopped_at__isnull=False) | Q(enabled=True, threshold__isnull=False))
    return set(apart.order_by().values_list("category__slug", flat=True))


def _by_claim(scenes: list[Scene]) -> dict[DomainClaim, list[int]]:
    ruled: dict[DomainClaim, list[int]] = defaultdict(list)
    for scene_id, claim in claims_over(scenes=scenes).items():
        if claim is not None:
            ruled[claim].append(scene_id)
    return ruled
