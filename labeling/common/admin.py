"""The audit log and jobs in Django's admin, and what all apps' pages there share."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from labeling.common.models import AuditEvent, Job


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """For rows that are only ever appended, or written by services alone: staff look and change nothing."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class KeptAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """For rows that staff may mend but never delete, since others stand on them."""

    show_full_result_count = False
    list_per_page = 50

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "verb", "subject", "subject_id")
    list_filter = ("verb",)
    list_select_related = ("actor",)
    search_fields = ("verb", "subject", "=subject_id", "actor__username")


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "state", "done", "total", "owner", "created_at", "finished_at")
    list_filter = ("kind", "state")
    list_select_related = ("owner",)
