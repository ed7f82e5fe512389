"""What people say, in Django's admin."""

from django.contrib import admin

from labeling.annotation.models import Annotation, Assignment, Campaign, Resolution
from labeling.common.admin import KeptAdmin, ReadOnlyAdmin


@admin.register(Campaign)
class CampaignAdmin(KeptAdmin):
    """A campaign is opened by a curator; staff pause it, close it and mend its words."""

    list_display = ("name", "vertical", "state", "overlap", "blind_audit", "created_by", "created_at")
    list_filter = ("vertical", "state")
    list_select_related = ("vertical", "created_by")
    search_fields = ("name",)
    readonly_fields = ("vertical", "overlap", "blind_audit", "created_by")


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    list_display = ("id", "campaign", "scene", "slot", "state", "annotator", "leased_until", "finished_at")
    list_filter = ("state", "campaign")
    list_select_related = ("campaign", "scene", "annotator")
    search_fields = ("=scene__external_id", "annotator__username")


@admin.register(Annotation)
class AnnotationAdmin(ReadOnlyAdmin):
    list_display = ("id", "scene", "annotator", "verdict", "category", "product", "grade", "created_at")
    list_filter = ("verdict", "grade")
    list_select_related = ("scene", "annotator", "category", "product")
    search_fields = ("=scene__external_id", "annotator__username", "=client_uuid")


@admin.register(Resolution)
class ResolutionAdmin(ReadOnlyAdmin):
    list_display = ("id", "campaign", "scene", "accepted", "category", "product", "grade", "agreement", "created_at")
    list_filter = ("accepted", "grade")
    list_select_related = ("campaign", "scene", "category", "product")
    search_fields = ("=scene__external_id",)
