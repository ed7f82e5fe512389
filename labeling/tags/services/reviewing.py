"""Brand owners' rulings on tags. A ruling beats models and annotators, and stands until the owner takes it back."""

from __future__ import annotations

import uuid as uuids
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from labeling.accounts.models import User
from labeling.annotation.models import Grade
from labeling.catalog.models import Product, Scene
from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError, ConflictError
from labeling.tags.models import Tag, TagEvent, TagReview
from labeling.tags.reasons import APPROVED, CORRECTED, HIDDEN, HIDDEN_AS_WRONG, OVERRULED
from labeling.tags.services.obeying import tags_obey
from labeling.tags.services.telling import tags_tell

APPROVE, HIDE, CORRECT, UNDO = TagReview.Ruling


@dataclass(frozen=True, slots=True)
class Ruling:
    """What an owner says of a tag. A correction names the right ``product``; ``wrong`` hides a tag as being another one.

    ``shown`` is the product that the owner was looking at, None where nobody says. The client's ``uuid`` makes a repeat
    harmless.
    """

    tag: int
    ruling: TagReview.Ruling
    product: Product | None = None
    wrong: bool = False
    reason: str = ""
    shown: int | None = None
    uuid: uuids.UUID | None = None


@transaction.atomic
def tag_review(*, said: Ruling, reviewer: User) -> TagReview:
    """Approve a tag, hide it, or put the right product in its place. Said again with the same UUID it changes nothing.

    Raises ApplicationError where the ruling is incomplete, ConflictError where the tag shows another product by now.
    """
    tag = tag_locked(tag_id=said.tag)
    if (known := _said_before(said.uuid, tag, said.ruling)) is not None:
        return known
    _check(said, tag)
    review = _review_create(
        said.uuid,
        tag=tag,
        reviewer=reviewer,
        ruling=said.ruling,
        product=said.product,
        refused=tag.product if _refuses(said, tag) else None,
        reason=said.reason,
        before=_state_of(tag),
    )
    if said.ruling == HIDE:
        tag.state, tag.reason = Tag.State.HIDDEN, HIDDEN_AS_WRONG if said.wrong else HIDDEN
    else:
        tag.state, tag.source, tag.reason = Tag.State.LIVE, Tag.Source.BRAND, APPROVED
    if said.product is not None:
        tag.product, tag.grade, tag.reason = said.product, Grade.EXACT, CORRECTED
    tag.ruled, tag.was_state, tag.was_reason = True, "", ""
    tag.save()
    tags_tell(tags=[tag], cause=TagEvent.Cause.OWNER, actor=reviewer, review=review)
    product = said.product.pk if said.product else None
    audit_record(actor=reviewer, verb=f"tag_{said.ruling}", subject=tag, reason=said.reason, product=product)
    return review


@transaction.atomic
def review_undo(*, review: TagReview, reviewer: User, uuid: uuids.UUID | None = None) -> TagReview:
    """Take a ruling back: the tag is again what it was, as far as the policy of its place lets it now.

    Only the newest ruling on a tag can be taken back; raises ConflictError for an older one, or one taken back already.
    """
    tag = tag_locked(tag_id=review.tag_id)
    if (known := _said_before(uuid, tag, UNDO)) is not None:
        return known
    newest = tag.reviews.filter(undoing=None).exclude(ruling=UNDO).order_by("-pk").first()
    if newest is None or newest.pk != review.pk:
        raise ConflictError(f"The ruling on tag {tag.pk} was taken back or replaced since. Load the tag again.")
    undoing = _review_create(
        uuid, tag=tag, reviewer=reviewer, ruling=UNDO, undoes=review, before=_state_of(tag), reason=""
    )
    _restore(tag, review.before)
    tags_tell(tags=[tag], cause=TagEvent.Cause.OWNER, actor=reviewer, review=undoing)
    tags_obey(scenes=[tag.scene])
    audit_record(actor=reviewer, verb="tag_undo", subject=tag, review=review.pk)
    return undoing


def tag_locked(*, tag_id: int) -> Tag:
    """A tag for writing, its scene locked first: whoever puts a new tag there looks at rulings under the same lock."""
    scene = Scene.objects.select_for_update(no_key=True).filter(tags=tag_id).first()
    if scene is None:
        raise ApplicationError(f"There is no tag {tag_id} any more.", fields={"tag": "gone"})
    return Tag.objects.select_for_update(of=("self",)).select_related("scene", "product").get(pk=tag_id)


def _check(said: Ruling, tag: Tag) -> None:
    if (said.ruling == CORRECT) != (said.product is not None) or said.ruling == UNDO:
        raise ApplicationError(
            "A correction names the right product; other rulings name none.", fields={"product": "required"}
        )
    if said.wrong and said.ruling != HIDE:
        raise ApplicationError("Only what is hidden can be hidden as wrong.", fields={"wrong": "hide only"})
    if said.product is not None and said.product.vertical_id != tag.scene.vertical_id:
        raise ApplicationError(f"{said.product} belongs to another vertical.", fields={"product": "wrong vertical"})
    if said.shown is not None and said.shown != tag.product_id:
        raise ConflictError(f"Tag {tag.pk} shows {tag.product} by now. Load it again and rule on that.")


def _refuses(said: Ruling, tag: Tag) -> bool:
    return said.wrong or (said.product is not None and said.product.pk != tag.product_id)


def _said_before(uuid: uuids.UUID | None, tag: Tag, ruling: TagReview.Ruling) -> TagReview | None:
    known = TagReview.objects.filter(client_uuid=uuid).first() if uuid is not None else None
    if known is not None and (known.tag_id, known.ruling) != (tag.pk, ruling):
        raise ConflictError(f"The uuid {uuid} was used for another ruling before. Send this one with a fresh uuid.")
    return known


def _review_create(uuid: uuids.UUID | None, **fields: object) -> TagReview:
    try:
        with transaction.atomic():
            return TagReview.objects.create(client_uuid=uuid, **fields)
    except IntegrityError as error:
        # Another tag's ruling took the uuid between the look and the writing.
        raise ConflictError(f"The uuid {uuid} was used for another ruling before. Send a fresh one.") from error


def _state_of(tag: Tag) -> dict[str, object]:
    return {
        "state": tag.state,
        "source": tag.source,
        "grade": tag.grade,
        "reason": tag.reason,
        "was_state": tag.was_state,
        "was_reason": tag.was_reason,
        "product": tag.product_id,
        "ruled": tag.ruled,
        "resolution": tag.resolution_id,
    }


def _restore(tag: Tag, before: dict[str, object]) -> None:
    # A ruling from before states were kept can be taken back too: the tag then stands as it is, ruled by nobody.
    kept = before or {**_state_of(tag), "ruled": False}
    for name in ("state", "source", "grade", "reason", "was_state", "was_reason", "ruled"):
        setattr(tag, name, kept.get(name, ""))
    tag.product_id = int(str(kept["product"]))
    if kept["resolution"] is not None and tag.resolution_id is None and tag.state != Tag.State.HIDDEN:
        tag.state, tag.reason, tag.was_state, tag.was_reason = Tag.State.HIDDEN, OVERRULED, "", ""
    tag.save()
