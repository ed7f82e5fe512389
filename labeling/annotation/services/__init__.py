"""Writing what people say, by subject.

Campaigns, filling, lending, holding a seat, deciding, bursts, resolving; planting gold, marking it, measuring skill, ruling.
"""

from labeling.annotation.services.bringing import Known, decisions_bring, golds_bring, seats_bring
from labeling.annotation.services.bursting import burst_promote, bursts_compose, objects_ask, objects_ask_again
from labeling.annotation.services.campaigns import (
    BURST_LIMIT,
    MOST_PICTURES,
    campaign_create,
    campaign_picture_add,
    campaign_quality_set,
    campaign_state_set,
)
from labeling.annotation.services.clearing import seats_obey
from labeling.annotation.services.deciding import Decision, Submission, assignment_skip, assignment_submit
from labeling.annotation.services.filling import campaign_fill, priorities_write, seats_ready
from labeling.annotation.services.holding import (
    LeaseLostError,
    assignment_draft,
    assignment_heartbeat,
    assignment_held,
    assignment_release,
)
from labeling.annotation.services.lending import assignment_lend, leases_sweep
from labeling.annotation.services.marking import marks_write, standing_review, standing_set
from labeling.annotation.services.planting import gold_make, gold_retire, golds_drop, golds_plant, training_start
from labeling.annotation.services.resolving import SceneResolved, resolutions_drop, scene_resolve
from labeling.annotation.services.ruling import assignment_return, dispute_ask, dispute_rule
from labeling.annotation.services.skilling import skills_write

__all__ = [
    "BURST_LIMIT",
    "MOST_PICTURES",
    "Decision",
    "Known",
    "LeaseLostError",
    "SceneResolved",
    "Submission",
    "assignment_draft",
    "assignment_heartbeat",
    "assignment_held",
    "assignment_lend",
    "assignment_release",
    "assignment_return",
    "assignment_skip",
    "assignment_submit",
    "burst_promote",
    "bursts_compose",
    "campaign_create",
    "campaign_fill",
    "campaign_picture_add",
    "campaign_quality_set",
    "campaign_state_set",
    "decisions_bring",
    "dispute_ask",
    "dispute_rule",
    "gold_make",
    "gold_retire",
    "golds_bring",
    "golds_drop",
    "golds_plant",
    "leases_sweep",
    "marks_write",
    "objects_ask",
    "objects_ask_again",
    "priorities_write",
    "resolutions_drop",
    "scene_resolve",
    "seats_bring",
    "seats_obey",
    "seats_ready",
    "skills_write",
    "standing_review",
    "standing_set",
    "training_start",
]
