"""Reading what is to be labeled, what is lent, and what was said, by subject."""

from labeling.annotation.selectors.agreeing import agreement_of
from labeling.annotation.selectors.campaigns import (
    KindProgress,
    campaign_get,
    campaigns_by_gain,
    campaigns_by_worth,
    campaigns_listed,
    campaigns_open,
    campaigns_to_tend,
    kinds_progress,
)
from labeling.annotation.selectors.disputes import Option, dispute_get, dispute_options, disputes_open
from labeling.annotation.selectors.feeding import campaigns_to_feed
from labeling.annotation.selectors.gains import lots_waiting, prospects_of, taught_so_far
from labeling.annotation.selectors.golds import golds_of
from labeling.annotation.selectors.history import Pace, assignments_finished, pace_of, remarks_page
from labeling.annotation.selectors.marks import (
    Figures,
    gold_figures,
    lessons_of,
    marks_of_seat,
    standings_of,
    wrong_products_taken,
)
from labeling.annotation.selectors.people import (
    annotators_of,
    assignments_returned,
    resolutions_for_gold,
    skills_listed,
    standings_mine,
    submissions_of,
)
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
    "Figures",
    "KindProgress",
    "Option",
    "Pace",
    "abilities_of",
    "agreement_of",
    "annotations_counting",
    "annotators_of",
    "assignment_decided",
    "assignment_of",
    "assignments_finished",
    "assignments_returned",
    "assignments_shown",
    "assignments_unsettled",
    "campaign_get",
    "campaigns_by_gain",
    "campaigns_by_worth",
    "campaigns_listed",
    "campaigns_open",
    "campaigns_to_feed",
    "campaigns_to_tend",
    "decisions_of",
    "dispute_get",
    "dispute_options",
    "disputes_open",
    "gold_figures",
    "golds_of",
    "kinds_progress",
    "lessons_of",
    "lots_waiting",
    "marks_of_seat",
    "pace_of",
    "prospects_of",
    "remarks_page",
    "resolutions_for_gold",
    "scene_of_item",
    "scenes_of",
    "skills_listed",
    "standings_mine",
    "standings_of",
    "submissions_of",
    "taught_so_far",
    "verticals_to_measure",
    "vote_of",
    "votes_of",
    "wrong_products_taken",
]
