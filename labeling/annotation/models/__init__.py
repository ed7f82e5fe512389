"""What people say: the jobs set for them, the work lent to them, their append-only decisions, and what these come to."""

from labeling.annotation.models.jobs import Campaign, CampaignPicture, Kind, PriorityRule
from labeling.annotation.models.said import Annotation, Grade, Resolution, Verdict
from labeling.annotation.models.trust import Dispute, Gold, Mark, Plant, Question, Skill, Standing
from labeling.annotation.models.work import Assignment, Burst, BurstItem, Purpose, SkipReason

__all__ = [
    "Annotation",
    "Assignment",
    "Burst",
    "BurstItem",
    "Campaign",
    "CampaignPicture",
    "Dispute",
    "Gold",
    "Grade",
    "Kind",
    "Mark",
    "Plant",
    "PriorityRule",
    "Purpose",
    "Question",
    "Resolution",
    "Skill",
    "SkipReason",
    "Standing",
    "Verdict",
]
