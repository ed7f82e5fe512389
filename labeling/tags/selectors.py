"""Reading tags, the evidence automation stands on, and what it might publish."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from labeling.accounts.models import User
from labeling.annotation.models import Grade, Resolution
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.places import Place, page_of
from labeling.brands.selectors import claims_verified, policy_for
from labeling.catalog.models import Category, ProductImage, Scene, Vertical
from labeling.inference.models import Candidate, Proposal, Scan
from labeling.tags.models import AutomationPolicy, Tag


def tags_live(*, scene: Scene) -> QuerySet[Tag]:
    """What a shopper may see of a scene, with products, brands and pictures; nothing where the place is closed."""
    if policy_for(scene=scene) == Policy.CLOSED:
        return Tag.objects.none()
    return tags_shown().filter(scene=scene, state=Tag.State.LIVE, product__available=True)


def tags_shown() -> QuerySet[Tag]:
    """Tags with all that a card of one needs."""
    pictures = Prefetch("product__images", queryset=ProductImage.objects.order_by("position"))
    return Tag.objects.select_related("scene", "category", "product__brand", "product__category").prefetch_related(
        pictures
    )


def tags_at(*, claim: DomainClaim) -> QuerySet[Tag]:
    """Tags on the scenes of a claimed place, what waits for its owner first. Subpaths are judged by :func:`in_place`."""
    domain = claim.domain
    inside = Q(scene__domain=domain) | Q(scene__domain=f"www.{domain}") | Q(scene__domain__endswith=f".{domain}")
    return tags_shown().filter(inside).order_by(F("state").asc(), "-id")


def in_place(*, tag: Tag, claim: DomainClaim) -> bool:
    """Whether a tag's scene lies in a claimed place, its path included."""
    return Place(claim.domain, claim.path).holds(*page_of(tag.scene.source_url, tag.scene.domain))


def tag_of_owner(*, tag_id: int, owner: User) -> Tag | None:
    """A tag that this person may rule on: it stands on a place they hold."""
    tag = tags_shown().filter(pk=tag_id).first()
    if tag is None:
        return None
    claims = claims_verified().filter(owner=owner)
    return tag if any(in_place(tag=tag, claim=claim) for claim in claims) else None


def policies_enabled() -> QuerySet[AutomationPolicy]:
    """Automation that a curator has switched on, the vertical's pooled policy last."""
    return (
        AutomationPolicy.objects.filter(enabled=True)
        .select_related("vertical", "category")
        .order_by(F("category").asc(nulls_last=True))
    )


def policy_deciding(*, vertical: Vertical, category: Category | None) -> AutomationPolicy | None:
    """The policy for a category: its own if it is on and has a threshold, else the vertical's pooled one."""
    mine = policies_enabled().filter(vertical=vertical, threshold__isnull=False)
    return mine.filter(category=category).first() or mine.filter(category=None).first()


def evidence(*, vertical: Vertical, category: Category | None) -> Iterator[tuple[float, bool]]:
    """Past decisions of people as (raw score, was the model's first product right), oldest first.

    The raw score is the product of the detector's score and the cosine of the first candidate. The tag would have been
    right when people accepted the box and graded that very product, or one that shares its photo, as exact.
    """
    settled = Resolution.objects.filter(scene__vertical=vertical, proposal__isnull=False).order_by("id")
    if category is not None:
        settled = settled.filter(proposal__category=category)
    first = Prefetch("proposal__candidates", queryset=Candidate.objects.filter(rank=1).select_related("product"))
    for resolution in settled.select_related("proposal", "product").prefetch_related(first):
        assert resolution.proposal is not None
        for candidate in resolution.proposal.candidates.all():
            yield raw_score(resolution.proposal, candidate), _was_right(resolution, candidate)


def proposals_undecided(*, policy: AutomationPolicy) -> QuerySet[Proposal]:
    """Proposals of eligible scenes that neither people nor automation have decided, with their first candidate."""
    waiting = Proposal.objects.filter(
        scan__state=Scan.State.DONE,
        scan__detector__live=True,
        scan__embedder__live=True,
        scene__vertical=policy.vertical,
        scene__organic=True,
        scene__business_account="",
        category__isnull=False,
    ).filter(
        ~Exists(Tag.objects.filter(proposal=OuterRef("pk"))),
        ~Exists(Resolution.objects.filter(proposal=OuterRef("pk"))),
    )
    if policy.category_id is not None:
        waiting = waiting.filter(category=policy.category_id)
    first = Prefetch("candidates", queryset=Candidate.objects.filter(rank=1).select_related("product"))
    return waiting.select_related("scene", "category").prefetch_related(first).order_by("id")


def raw_score(proposal: Proposal, candidate: Candidate) -> float:
    """How sure the models are of a tag before calibration: detector score times cosine, at least 0."""
    return proposal.score * max(candidate.score, 0.0)


def _was_right(resolution: Resolution, candidate: Candidate) -> bool:
    if not resolution.accepted or resolution.product is None or resolution.grade != Grade.EXACT:
        return False
    if resolution.product_id == candidate.product_id:
        return True
    group = resolution.product.same_photo_group
    return bool(group) and group == candidate.product.same_photo_group
