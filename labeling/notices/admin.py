"""Channels and notices in Django's admin."""

from django.contrib import admin

from labeling.common.admin import ReadOnlyAdmin
from labeling.notices.models import Notice, NoticeChannel


@admin.register(NoticeChannel)
class NoticeChannelAdmin(ReadOnlyAdmin):
    list_display = ("claim", "kind", "address", "open")
    list_select_related = ("claim",)
    exclude = ("secret", "former_secret")


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("uuid", "channel", "state", "attempts", "due_at", "status")
    list_filter = ("state",)
    list_select_related = ("channel",)
