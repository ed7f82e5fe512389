"""What automation goes by: the slates of a vertical as the live versions see it, and what people have said of them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db import connection
from django.db.models import Count, F, Q, QuerySet

from labeling.annotation.models import BurstItem, Grade, Resolution
from labeling.catalog.models import Vertical
from labeling.inference.selectors import live_versions
from labeling.tags.signals import Floats, Slate, signals_of

# Of eligible scenes alone. Four candidates tell how far the first is ahead, past those that share its photo.
SLATES = """
SELECT proposal.id, proposal.scene_id, scene.sha256, category.slug, proposal.score,
       array_agg(candidate.product_id ORDER BY candidate.rank), array_agg(candidate.score ORDER BY candidate.rank),
       array_agg(product.same_photo_group::text ORDER BY candidate.rank)
FROM inference_proposal proposal
JOIN inference_scan scan ON scan.id = proposal.scan_id AND scan.state = 'done'
JOIN inference_modelversion detector ON detector.id = scan.detector_id AND detector.live
JOIN inference_modelversion embedder ON embedder.id = scan.embedder_id AND embedder.live
JOIN catalog_scene scene ON scene.id = proposal.scene_id
JOIN catalog_category category ON category.id = proposal.category_id
JOIN inference_candidate candidate ON candidate.proposal_id = proposal.id AND candidate.rank <= 4
JOIN catalog_product product ON product.id = candidate.product_id
WHERE scene.vertical_id = %(vertical)s AND scene.organic AND scene.business_account = ''
GROUP BY proposal.id, scene.id, category.id ORDER BY proposal.id
"""


@dataclass(frozen=True)
class Evidence:
    """The slates of a vertical, and by proposal whether the first product was right where people have said so.

    ``versions`` are the live detector and embedder that proposed them; none where none are live. ``looked_again`` are the
    proposals that a further person was asked about because the first had contradicted.
    """

    slates: list[Slate]
    decided: dict[int, bool]
    versions: tuple[int, ...] = ()
    looked_again: frozenset[int] = frozenset()

    @cached_property
    def signals(self) -> Floats:
        """What speaks for each slate, in their order."""
        return signals_of(self.slates)

    @cached_property
    def categories(self) -> list[str]:
        """The category of each slate."""
        return [slate.category for slate in self.slates]


def evidence_of(*, vertical: Vertical) -> Evidence:
    """What the live versions propose in the eligible scenes of a vertical, and what people have decided of it.

    The tag would have been right where people accepted the box and graded that very product, or one that shares its photo,
    as exact; where it was looked at again, two of them at least, neither knowing of the other (decision 7). Of several
    decisions the newest counts. Blind audits do not: they look at what was published, and say nothing of the rest. Decisions
    on what earlier versions proposed do not either: their scores are others.
    """
    live = live_versions(vertical)
    slates = slates_of(vertical=vertical)
    again = looked_again(vertical=vertical)
    versions = (live.detector.pk, live.embedder.pk) if live else ()
    return Evidence(slates, _decided(vertical, slates, again), versions, again)


def looked_again(*, vertical: Vertical) -> frozenset[int]:
    """The proposals of a vertical that were, or are to be, looked at again outside of blind audits."""
    items = BurstItem.objects.filter(campaign__vertical=vertical, campaign__blind_audit=False, look__gt=1)
    return frozenset(items.values_list("proposal", flat=True))


def agreed(*, resolutions: QuerySet[Resolution]) -> set[int]:
    """Those of these resolutions whose very product two people or more graded exact."""
    same = Q(annotations__product=F("product"), annotations__grade=Grade.EXACT)
    return set(
        resolutions.annotate(people=Count("annotations", filter=same))
        .filter(people__gte=2)
        .values_list("pk", flat=True)
    )


def slates_of(*, vertical: Vertical) -> list[Slate]:
    """The proposals of the live versions in eligible scenes that have a category and a candidate, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(SLATES, {"vertical": vertical.pk})
        return [
            Slate(proposal, scene, half_of(sha256), category, score, tuple(products), tuple(scores), tuple(groups))
            for proposal, scene, sha256, category, score, products, scores, groups in cursor.fetchall()
        ]


def half_of(sha256: str) -> int:
    """Which half of the scenes one belongs to, always the same: 0 teaches the calibration, 1 puts it to the proof."""
    return zlib.crc32(sha256.encode()) % 2


def _decided(vertical: Vertical, slates: Iterable[Slate], again: frozenset[int]) -> dict[int, bool]:
    known = {slate.proposal: slate for slate in slates}
    settled = Resolution.objects.filter(
        scene__vertical=vertical, proposal__isnull=False, campaign__blind_audit=False
    ).order_by("pk")
    borne_out = agreed(resolutions=settled.order_by().filter(proposal__in=again)) if again else set()
    rows = settled.values_list("pk", "proposal", "accepted", "grade", "product", "product__same_photo_group")
    decided = {}
    for pk, proposal, accepted, grade, product, group in rows.iterator(chunk_size=5000):
        if (slate := known.get(proposal)) is not None:
            same = product == slate.products[0] or bool(group and group == slate.groups[0])
            enough = proposal not in again or pk in borne_out
            decided[proposal] = bool(accepted and grade == Grade.EXACT and same and enough)
    return decided
