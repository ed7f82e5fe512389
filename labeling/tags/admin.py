"""Tags, rulings, automation and audits in Django's admin: for looking only."""

from django.contrib import admin

from labeling.common.admin import ReadOnlyAdmin
from labeling.tags.models import Audit, AutomationPolicy, Tag, TagEvent, TagReview


@admin.register(Tag)
class TagAdmin(ReadOnlyAdmin):
    list_display = ("id", "scene", "product", "category", "source", "state", "confidence", "reason", "updated_at")
    list_filter = ("state", "source", "grade")
    list_select_related = ("scene", "product", "category")
    search_fields = ("=scene__external_id", "scene__domain", "=product__external_id")


@admin.register(TagReview)
class TagReviewAdmin(ReadOnlyAdmin):
    list_display = ("id", "tag", "reviewer", "ruling", "product", "reason", "created_at")
    list_filter = ("ruling",)
    list_select_related = ("tag", "reviewer", "product")


@admin.register(AutomationPolicy)
class AutomationPolicyAdmin(ReadOnlyAdmin):
    list_display = ("vertical", "category", "enabled", "target_precision", "threshold", "evidence", "stopped_reason")
    list_filter = ("vertical", "enabled")
    list_select_related = ("vertical", "category")


@admin.register(Audit)
class AuditAdmin(ReadOnlyAdmin):
    list_display = ("tag", "policy", "drawn", "correct", "created_at", "judged_at")
    list_filter = ("drawn", "correct")
    list_select_related = ("tag", "policy")


@admin.register(TagEvent)
class TagEventAdmin(ReadOnlyAdmin):
    list_display = ("id", "tag", "cause", "state", "product", "reason", "actor", "created_at")
    list_filter = ("cause", "state")
    list_select_related = ("tag", "product", "actor")
