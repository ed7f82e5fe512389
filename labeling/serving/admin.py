"""Rankings, experiments and engagement in Django's admin."""

from django.contrib import admin

from labeling.common.admin import KeptAdmin, ReadOnlyAdmin
from labeling.serving.models import EngagementEvent, Experiment, RankerState


@admin.register(RankerState)
class RankerStateAdmin(ReadOnlyAdmin):
    list_display = ("vertical", "number", "live", "frozen", "events", "reason", "created_at")
    list_filter = ("vertical", "live")
    list_select_related = ("vertical",)


@admin.register(Experiment)
class ExperimentAdmin(KeptAdmin):
    """Staff start and stop comparisons here."""

    list_display = ("name", "vertical", "share", "running", "created_at")
    list_filter = ("vertical", "running")
    list_select_related = ("vertical",)


@admin.register(EngagementEvent)
class EngagementEventAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "void", "scene", "tag", "product", "position", "arm", "ranker_id", "created_at")
    list_filter = ("kind", "void", "arm")
    list_select_related = ("scene", "tag", "product")
    search_fields = ("=look", "=visitor", "=scene__external_id")
