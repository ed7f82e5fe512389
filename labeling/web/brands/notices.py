"""How an owner is told of what waits: channels, and what went out."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.brands.models import DomainClaim
from labeling.notices.models import NoticeChannel
from labeling.notices.selectors import channel_of_owner, channels_of, notice_of_owner, notices_of
from labeling.notices.services import channel_close, channel_open, channel_rotate, notice_replay
from labeling.notices.tasks import deliver_notice
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.brands.mine import claim_mine
from labeling.web.paging import before_of, next_link

PAGE = 30


class ChannelForm(forms.Form):
    """A way to be told."""

    kind = forms.ChoiceField(choices=NoticeChannel.Kind.choices, label=_("Kind"))
    address = forms.CharField(max_length=2000, required=False, label=_("Address"))


@require_GET
@role_required(Role.BRAND_OWNER)
def brands_notices(request: HttpRequest, claim_id: int) -> HttpResponse:
    """The channels of a place, and what went out, newest first."""
    claim, before = claim_mine(request, claim_id), before_of(request)
    if claim.state != DomainClaim.State.VERIFIED:
        raise Http404("Only a verified place has notices.")
    notices = notices_of(claim=claim)
    page = list((notices if before is None else notices.filter(pk__lt=before))[: PAGE + 1])
    context = {
        "claim": claim,
        "channels": channels_of(claim=claim),
        "email": person(request).email,
        "notices": page[:PAGE],
        "next": next_link(request, page[PAGE - 1].pk if len(page) > PAGE else None),
    }
    return render(request, "brands/notices.html", context)


@require_POST
@role_required(Role.BRAND_OWNER)
def brands_channel_open(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Open a channel."""
    claim, form = claim_mine(request, claim_id), ChannelForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "brands-notices", claim.pk)
    kind, address = NoticeChannel.Kind(form.cleaned_data["kind"]), form.cleaned_data["address"]
    with rules_as_messages(request, _("Opened. What waits is told within a few minutes.")):
        channel_open(claim=claim, kind=kind, actor=person(request), address=address)
    return back(request, "brands-notices", claim.pk)


@require_POST
@role_required(Role.BRAND_OWNER)
def brands_channel_rotate(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Give a channel a new secret."""
    channel = _channel(request, channel_id)
    with rules_as_messages(request, _("A new secret. The one before signs as well for a day.")):
        channel_rotate(channel=channel, actor=person(request))
    return back(request, "brands-notices", channel.claim_id)


@require_POST
@role_required(Role.BRAND_OWNER)
def brands_channel_close(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Close a channel."""
    channel = _channel(request, channel_id)
    with rules_as_messages(request, _("Closed.")):
        channel_close(channel=channel, actor=person(request))
    return back(request, "brands-notices", channel.claim_id)


@require_POST
@role_required(Role.BRAND_OWNER)
def brands_notice_replay(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Send a notice again."""
    notice = notice_of_owner(notice_id=notice_id, owner=person(request))
    if notice is None:
        raise Http404("There is no such notice of yours.")
    with rules_as_messages(request, _("It is on its way again.")):
        notice_replay(notice=notice, actor=person(request))
        deliver_notice.delay_on_commit(notice.pk)
    return back(request, "brands-notices", notice.channel.claim_id)


def _channel(request: HttpRequest, channel_id: int) -> NoticeChannel:
    channel = channel_of_owner(channel_id=channel_id, owner=person(request))
    if channel is None:
        raise Http404("There is no such channel of yours.")
    return channel
