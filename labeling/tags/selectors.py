"""Reading tags, and the policies of automation."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.places import Place, page_of
from labeling.brands.selectors import claims_over, policies_for, policy_for
from labeling.catalog.models import Category, Product, ProductImage, Scene, Vertical
from labeling.inference.models import Candidate
from labeling.tags.models import AutomationPolicy, Tag, TagReview

RULED_BATCH = 200


def tags_live(*, scene: Scene) -> QuerySet[Tag]:
    """What a shopper may see of a scene, with products, brands and pictures; nothing where the place is closed."""
    if policy_for(scene=scene) == Policy.CLOSED:
        return Tag.objects.none()
    return tags_shown().filter(scene=scene, state=Tag.State.LIVE, product__available=True)


def scenes_tagged(*, before: int | None, size: int) -> list[Scene]:
    """One page of scenes that show at least one live tag, newest first, by key; closed places left out."""
    live = Tag.objects.filter(scene=OuterRef("pk"), state=Tag.State.LIVE, product__available=True)
    scenes = Scene.objects.filter(Exists(live)).order_by("-id")
    shown: list[Scene] = []
    while len(shown) < size:
        batch = list((scenes if before is None else scenes.filter(pk__lt=before))[:size])
        if not batch:
            break
        policies = policies_for(scenes=batch)
        shown += [scene for scene in batch if policies[scene.pk] != Policy.CLOSED]
        before = batch[-1].pk
    return shown[:size]


def tag_counts(*, scenes: list[Scene]) -> dict[int, int]:
    """How many live tags each scene shows, by scene id."""
    live = Tag.objects.filter(scene__in=scenes, state=Tag.State.LIVE, product__available=True)
    return dict(live.values_list("scene").annotate(n=Count("pk")).order_by())


def tags_shown() -> QuerySet[Tag]:
    """Tags with all that a card of one needs."""
    pictures = Prefetch("product__images", queryset=ProductImage.objects.order_by("position"))
    return Tag.objects.select_related(
        "scene", "category", "product__vertical", "product__brand", "product__category"
    ).prefetch_related(pictures)


def tags_at(*, claim: DomainClaim) -> QuerySet[Tag]:
    """Tags on the scenes of a claimed place, what waits for its owner first. Subpaths are judged by :func:`in_place`."""
    domain = claim.domain
    inside = Q(scene__domain=domain) | Q(scene__domain=f"www.{domain}") | Q(scene__domain__endswith=f".{domain}")
    # Where no domain is named the address says it; it may be written in any alphabet, so the database cannot judge it.
    inside |= Q(scene__domain="") & ~Q(scene__source_url="")
    return tags_shown().filter(inside).order_by(F("state").asc(), "-id")


def in_place(*, tag: Tag, claim: DomainClaim) -> bool:
    """Whether a tag's scene lies in a claimed place, its path included."""
    return Place(claim.domain, claim.path).holds(*page_of(tag.scene.source_url, tag.scene.domain))


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
    apart = own.filter(Q(enabled=False) | Q(threshold__isnull=False))
    return set(apart.order_by().values_list("category__slug", flat=True))
