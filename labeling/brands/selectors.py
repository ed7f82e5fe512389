"""Who holds a place of the web, and what may happen there."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import BooleanField, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.utils import timezone

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.places import Place
from labeling.catalog.models import Product, Scene
from labeling.common.models import Job

OBEY_POLICY = "obey_policy"
"""The kind of the jobs that bring what stands at a place in line with its policy."""

# UNION leaves out what is there already, so that a circle of categories ends.
CATEGORIES_BARRED = """
WITH RECURSIVE barred AS (
    SELECT category_id AS id FROM brands_domainclaim_blocked_categories WHERE domainclaim_id = %s
    UNION SELECT category.id FROM catalog_category category JOIN barred ON category.parent_id = barred.id
) SELECT id FROM barred
"""


def claims_verified() -> QuerySet[DomainClaim]:
    """Every claim that was proven and neither lapsed nor was given back."""
    return DomainClaim.objects.filter(state=DomainClaim.State.VERIFIED)


def closed_places() -> QuerySet[DomainClaim]:
    """Verified claims whose owner wants no tags. A more specific claim may still open a part: ask :func:`policy_for`."""
    return claims_verified().filter(policy=Policy.CLOSED)


def claims_of(*, owner: User) -> QuerySet[DomainClaim]:
    """A person's claims that were not withdrawn, newest first; those that staff refused are among them, with the reason."""
    return DomainClaim.objects.filter(owner=owner).exclude(state=DomainClaim.State.WITHDRAWN).order_by("-id")


def claims_contested() -> QuerySet[DomainClaim]:
    """Proven claims to places that another holds, the longest waiting first: staff decide."""
    contested = DomainClaim.objects.filter(state=DomainClaim.State.CONTESTED)
    return contested.select_related("owner", "brand").order_by("id")


def holders_of(*, claims: Iterable[DomainClaim]) -> dict[str, DomainClaim]:
    """Who holds the places of these claims now, by place."""
    held = claims_verified().filter(place__in={claim.place for claim in claims}).select_related("owner", "brand")
    return {holder.place: holder for holder in held}


def claims_due(*, limit: int = 200) -> list[int]:
    """Claims to look at again by now, the most overdue first."""
    due = DomainClaim.objects.filter(due_at__lte=timezone.now()).order_by("due_at")
    return list(due.values_list("pk", flat=True)[:limit])


def claim_over(*, scene: Scene) -> DomainClaim | None:
    """The verified claim that rules a scene's place: subdomain before domain, longer path before shorter."""
    return claims_over(scenes=[scene])[scene.pk]


def claims_over(*, scenes: Iterable[Scene]) -> dict[int, DomainClaim | None]:
    """The claim that rules the place of each scene, by scene id, in one query however many there are."""
    places = {scene.pk: scene.places for scene in scenes}
    held = (
        claims_verified()
        .filter(place__in={place for each in places.values() for place in each})
        .select_related("owner")
    )
    claims = {claim.place: claim for claim in held}
    return {pk: next((claims[place] for place in each if place in claims), None) for pk, each in places.items()}


def policy_for(*, scene: Scene) -> Policy:
    """What may happen with a scene's tags; open where nobody claimed its place."""
    return policies_for(scenes=[scene])[scene.pk]


def policies_for(*, scenes: Iterable[Scene]) -> dict[int, Policy]:
    """What may happen with the tags of each scene, by scene id, in one query."""
    claims = claims_over(scenes=scenes)
    return {pk: Policy(claim.policy) if claim is not None else Policy.OPEN for pk, claim in claims.items()}


def catalogue_of(*, owner: User) -> Q | None:
    """What tells a person's own products: sold on a place that they hold, or of its brand. None without such a place."""
    held = list(claims_verified().filter(owner=owner).values_list("place", "brand"))
    if not held:
        return None
    brands = [brand for _, brand in held if brand is not None]
    return Q(places__overlap=[place for place, _ in held]) | Q(brand__in=brands)


def scenes_ruled(*, claim: DomainClaim) -> QuerySet[Scene]:
    """The scenes that a verified claim rules: those in its place, less what a more specific claim inside it rules."""
    place = Place(claim.domain, claim.path)
    others = claims_verified().exclude(pk=claim.pk).values_list("domain", "path", "place")
    inside = [written for domain, path, written in others if place.holds(domain, path)]
    return Scene.objects.filter(places__contains=[claim.place]).exclude(places__overlap=inside)


def scenes_open(scenes: QuerySet[Scene]) -> QuerySet[Scene]:
    """These scenes less those of closed places: one query, in which the database finds the claim that rules each."""
    closed = list(closed_places().values_list("place", flat=True))
    if not closed:
        return scenes
    return scenes.alias(ruling=_ruling()).exclude(places__overlap=closed, ruling=Policy.CLOSED)


def scenes_closed(scenes: QuerySet[Scene]) -> QuerySet[Scene]:
    """These scenes where they stand in closed places."""
    closed = list(closed_places().values_list("place", flat=True))
    return scenes.alias(ruling=_ruling()).filter(places__overlap=closed, ruling=Policy.CLOSED)


def barred(*, claim: DomainClaim) -> Q:
    """Which rows with a ``category`` and a ``product`` the owner of a place does not want there, at whatever policy.

    Blocked categories with all below them, brands and shops; and where only the owner's own products may be shown, all others.
    """
    if claim.policy == Policy.CLOSED:
        return Q(pk__isnull=False)
    categories, brands = RawSQL(CATEGORIES_BARRED, [claim.pk]), claim.blocked_brands.all()
    unwanted = Q(category__in=categories) | Q(product__category__in=categories) | Q(product__brand__in=brands)
    unwanted |= Q(product__places__overlap=claim.blocked_domains)
    if claim.only_own and (own := catalogue_of(owner=claim.owner)) is not None:
        unwanted |= ~Q(product__in=Product.objects.filter(own).values("pk"))
    return unwanted


def policy_jobs_open() -> QuerySet[Job]:
    """Jobs that bring places in line with their policy and are not finished, oldest first."""
    unfinished = [Job.State.WAITING, Job.State.RUNNING]
    return Job.objects.filter(kind=OBEY_POLICY, state__in=unfinished).order_by("pk")


def policy_job_of(*, claim: DomainClaim) -> Job | None:
    """The latest job that brings a place in line with its policy."""
    return policy_jobs_of(claims=[claim]).get(claim.pk)


def policy_jobs_of(*, claims: Iterable[DomainClaim]) -> dict[int, Job]:
    """The latest such job of each claim, by the claim's id."""
    jobs = Job.objects.filter(kind=OBEY_POLICY, parameters__claim__in=[claim.pk for claim in claims]).order_by("pk")
    return {job.parameters["claim"]: job for job in jobs}


def _ruling() -> Subquery:
    """The policy of the claim that rules the scene outside: of its places the first that is claimed."""
    places = OuterRef("places")
    # "place = ANY(places)", which Django has no lookup for and an index answers.
    among = Func(F("place"), places, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField())
    claims = claims_verified().filter(among)
    at = Func(places, F("place"), function="array_position", output_field=IntegerField())
    return Subquery(claims.annotate(at=at).order_by("at").values("policy")[:1])
