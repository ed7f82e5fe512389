"""What the models say, in Django's admin: for looking only."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from labeling.common.admin import ReadOnlyAdmin
from labeling.inference.models import Candidate, IndexBuild, ModelVersion, Proposal, Retrieval, Scan


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ("vertical", "kind", "number", "live", "fingerprint", "created_at")
    list_filter = ("vertical", "kind", "live")
    list_select_related = ("vertical",)


@admin.register(IndexBuild)
class IndexBuildAdmin(ReadOnlyAdmin):
    list_display = ("id", "vertical", "embedder", "products", "live", "created_at")
    list_filter = ("vertical", "live")
    list_select_related = ("vertical", "embedder__vertical")


@admin.register(Scan)
class ScanAdmin(ReadOnlyAdmin):
    list_display = ("id", "scene", "state", "attempts", "nudged_at", "finished_at", "error")
    list_filter = ("state",)
    list_select_related = ("scene",)
    search_fields = ("=scene__external_id", "error")


class Candidates(admin.TabularInline):  # type: ignore[type-arg]
    model = Candidate
    extra = 0
    max_num = 0
    can_delete = False
    readonly_fields = ("product", "rank", "score")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Candidate]:
        return super().get_queryset(request).select_related("product")


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin):
    inlines = (Candidates,)
    list_display = ("id", "scene", "position", "detector_class", "category", "score")
    list_select_related = ("scene", "category")
    search_fields = ("=scene__external_id", "detector_class")


@admin.register(Retrieval)
class RetrievalAdmin(ReadOnlyAdmin):
    list_display = ("id", "scene", "category", "state", "asked_by", "created_at", "error")
    list_filter = ("state",)
    list_select_related = ("scene", "category", "asked_by")
