"""Accounts in Django's admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from labeling.accounts.models import User


@admin.register(User)
class LooktagUserAdmin(UserAdmin):  # type: ignore[type-arg]
    """Django's own page, with the role."""

    list_display = ("username", "role", "email", "is_active", "last_login")
    list_filter = ("role", "is_active")
    fieldsets = (*(UserAdmin.fieldsets or ()), (None, {"fields": ("role",)}))
    add_fieldsets = (*UserAdmin.add_fieldsets, (None, {"fields": ("role",)}))
