"""Training runs and promotions in Django's admin: for looking only."""

from django.contrib import admin

from labeling.common.admin import ReadOnlyAdmin
from labeling.training.models import Promotion, TrainingRun


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    list_display = ("id", "snapshot", "kind", "state", "step", "steps", "seed", "queued_by", "created_at", "error")
    list_filter = ("state", "kind")
    list_select_related = ("snapshot__vertical", "queued_by")


@admin.register(Promotion)
class PromotionAdmin(ReadOnlyAdmin):
    list_display = ("version", "replaced", "accepted", "reason", "decided_by", "created_at")
    list_filter = ("accepted",)
    list_select_related = ("version__vertical", "replaced__vertical", "decided_by")
