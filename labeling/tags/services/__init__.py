"""The only writers of tags: what people confirmed, what automation is sure of, what brand owners rule."""

from labeling.tags.services.automating import policy_fit, policy_set, policy_stop, sure_publish
from labeling.tags.services.confirming import tag_confirm, tags_withdraw_for_resolution
from labeling.tags.services.obeying import tags_obey_policy
from labeling.tags.services.reviewing import Ruling, review_undo, tag_review
from labeling.tags.services.telling import tags_move, tags_tell

__all__ = [
    "Ruling",
    "policy_fit",
    "policy_set",
    "policy_stop",
    "review_undo",
    "sure_publish",
    "tag_confirm",
    "tag_review",
    "tags_move",
    "tags_obey_policy",
    "tags_tell",
    "tags_withdraw_for_resolution",
]
