"""Reading what is to be labeled, what is lent, and what was said, by subject."""

from labeling.annotation.selectors.campaigns import (
    KindProgress,
    campaign_get,
    campaigns_by_worth,
    campaigns_listed,
    campaigns_open,
    campaigns_to_tend,
    kinds_progress,
)
from labeling.annotation.selectors.history import Pace, assignments_finished, pace_of, remarks_page
from labeling.annotation.selectors.seats import (
    assignment_decided,
    assignment_of,
    assignments_unsettled,
    scene_of_item,
    scenes_of,
)
from labeling.annotation.selectors.showing import assignments_shown, decisions_of
from labeling.annotation.selectors.trust import (
    abilities_of,
    annotations_counting,
    verticals_to_measure,
    vote_of,
    votes_of,
)

__all__ = [
    "KindProgress",
    "Pace",
    "abilities_of",
    "annotations_counting",
    "assignment_decided",
    "assignment_of",
    "assignments_finished",
    "assignments_shown",
    "assignments_unsettled",
    "campaign_get",
    "campaigns_by_worth",
    "campaigns_listed",
    "campaigns_open",
    "campaigns_to_tend",
    "decisions_of",
    "kinds_progress",
    "pace_of",
    "remarks_page",
    "scene_of_item",
    "scenes_of",
    "verticals_to_measure",
    "vote_of",
    "votes_of",
]
