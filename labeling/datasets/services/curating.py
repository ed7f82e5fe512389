"""What a brand owner's ruling adds to the pairs."""

from __future__ import annotations

from django.db import transaction

from labeling.datasets.models import Pair
from labeling.tags.models import TagReview


@transaction.atomic
def pair_admit_review(*, review: TagReview) -> Pair | None:
    """Make a brand-confirmed pair of an approval or a correction; a tag that was hidden makes none."""
    if review.ruling == TagReview.Ruling.HIDE:
        return None
    tag = review.tag
    pair, _ = Pair.objects.get_or_create(
        review=review,
        defaults={
            **tag.box._asdict(),
            "vertical_id": tag.scene.vertical_id,
            "scene": tag.scene,
            "category": tag.category,
            "product": review.product or tag.product,
            "grade": tag.grade,
            "source": Pair.Source.BRAND,
        },
    )
    return pair
