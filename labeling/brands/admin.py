"""Claims in Django's admin."""

from django.contrib import admin

from labeling.brands.models import DomainClaim
from labeling.common.admin import ReadOnlyAdmin


@admin.register(DomainClaim)
class DomainClaimAdmin(ReadOnlyAdmin):
    list_display = ("place", "owner", "state", "policy", "attempts", "checked_at", "verified_at")
    list_filter = ("state", "policy")
    list_select_related = ("owner",)
    search_fields = ("domain", "owner__username")
