"""What people say: the jobs set for them, the work lent to them, their append-only decisions, and what these come to."""

from labeling.annotation.models.jobs import Campaign, CampaignPicture, Kind, PriorityRule
from labeling.annotation.models.said import Annotation, Grade, Resolution, Verdict
from labeling.annotation.models.work import Assignment, Burst, BurstItem, SkipReason

__all__ = [
    "Annotation",
    "Assignment",
    "Burst",
    "BurstItem",
    "Campaign",
    "CampaignPicture",
    "Grade",
    "Kind",
    "PriorityRule",
    "Resolution",
    "SkipReason",
    "Verdict",
]
