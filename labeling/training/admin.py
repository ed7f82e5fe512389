"""Training runs and promotions in Django's admin: for looking only."""

from django.contrib import admin

from labeling.common.admin import ReadOnlyAdmin
from labeling.training.models import Comparison, Promotion, Schedule, TrainingRun


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    list_display = ("id", "snapshot", "kind", "state", "step", "steps", "seed", "queued_by", "created_at", "error")
    list_filter = ("state", "kind")
    list_select_related = ("snapshot__vertical", "queued_by")


@admin.register(Promotion)
class PromotionAdmin(ReadOnlyAdmin):
    list_display = ("version", "replaced", "accepted", "back", "reason", "error", "decided_by", "created_at")
    list_filter = ("accepted",)
    list_select_related = ("version__vertical", "replaced__vertical", "decided_by")


@admin.register(Comparison)
class ComparisonAdmin(ReadOnlyAdmin):
    list_display = ("id", "version", "other", "snapshot", "error", "created_at")
    list_select_related = ("version__vertical", "other__vertical", "snapshot__vertical")


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    list_display = ("vertical", "kind", "every_pairs", "enabled", "promotes", "last_pair")
    list_select_related = ("vertical",)
