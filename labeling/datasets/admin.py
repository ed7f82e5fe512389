"""Pairs and snapshots in Django's admin: for looking only."""

from django.contrib import admin

from labeling.common.admin import ReadOnlyAdmin
from labeling.datasets.models import Pair, Snapshot, SnapshotRow


@admin.register(Pair)
class PairAdmin(ReadOnlyAdmin):
    list_display = ("id", "vertical", "scene", "product", "category", "grade", "source", "withdrawn_at", "created_at")
    list_filter = ("vertical", "grade", "source")
    list_select_related = ("vertical", "scene", "product", "category")
    search_fields = ("=scene__external_id", "=product__external_id")


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    list_display = ("vertical", "number", "pairs", "scenes", "splits", "content_hash", "frozen_by", "frozen_at")
    list_filter = ("vertical",)
    list_select_related = ("vertical", "frozen_by")
    search_fields = ("content_hash", "note")


@admin.register(SnapshotRow)
class SnapshotRowAdmin(ReadOnlyAdmin):
    list_display = ("id", "snapshot", "scene", "product", "category", "grade", "split")
    list_filter = ("split",)
    list_select_related = ("snapshot__vertical", "scene", "product", "category")
    search_fields = ("=scene__external_id", "=product__external_id")
