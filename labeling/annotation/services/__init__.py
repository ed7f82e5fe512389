"""Writing what people say, by subject: campaigns, lending, holding a seat, deciding, resolving."""

from labeling.annotation.services.campaigns import campaign_create, campaign_fill
from labeling.annotation.services.deciding import Decision, Submission, assignment_skip, assignment_submit
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
    "campaign_create",
    "campaign_fill",
    "leases_sweep",
    "resolutions_drop",
    "scene_resolve",
]
