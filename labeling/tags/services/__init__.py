"""The only writers of tags: what people confirmed, what automation is sure of, what audits found, what brand owners rule."""

from labeling.tags.services.auditing import audits_add, audits_ask, audits_judge, policies_stop_failing
from labeling.tags.services.automating import policy_fit, policy_refresh, policy_set, policy_stop
from labeling.tags.services.confirming import tag_confirm, tags_withdraw_for_resolution
from labeling.tags.services.judging import judge_set_draw, judge_set_enter, judgement_give, judgement_take_back
from labeling.tags.services.looking import audits_ask_again, contradictions_ask
from labeling.tags.services.noticing import waiting_tell
from labeling.tags.services.obeying import policy_job_step, tags_obey
from labeling.tags.services.ordering import objects_offer, objects_offer_best, work_order
from labeling.tags.services.publishing import sure_publish
from labeling.tags.services.reviewing import Ruling, review_undo, tag_review
from labeling.tags.services.telling import tags_move, tags_tell

__all__ = [
    "Ruling",
    "audits_add",
    "audits_ask",
    "audits_ask_again",
    "audits_judge",
    "contradictions_ask",
    "judge_set_draw",
    "judge_set_enter",
    "judgement_give",
    "judgement_take_back",
    "objects_offer",
    "objects_offer_best",
    "policies_stop_failing",
    "policy_fit",
    "policy_job_step",
    "policy_refresh",
    "policy_set",
    "policy_stop",
    "review_undo",
    "sure_publish",
    "tag_confirm",
    "tag_review",
    "tags_move",
    "tags_obey",
    "tags_tell",
    "tags_withdraw_for_resolution",
    "waiting_tell",
    "work_order",
]
