"""Writing what people say, by subject: campaigns, filling, lending, holding a seat, deciding, bursts, resolving."""

from labeling.annotation.services.bursting import burst_promote, bursts_compose
from labeling.annotation.services.campaigns import campaign_create, campaign_picture_add, campaign_state_set
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
from labeling.annotation.services.resolving import SceneResolved, resolutions_drop, scene_resolve

__all__ = [
    "Decision",
    "LeaseLostError",
    "SceneResolved",
    "Submission",
    "assignment_draft",
    "assignment_heartbeat",
    "assignment_held",
    "assignment_lend",
    "assignment_release",
    "assignment_skip",
    "assignment_submit",
    "burst_promote",
    "bursts_compose",
    "campaign_create",
    "campaign_fill",
    "campaign_picture_add",
    "campaign_state_set",
    "leases_sweep",
    "priorities_write",
    "resolutions_drop",
    "scene_resolve",
    "seats_ready",
]
