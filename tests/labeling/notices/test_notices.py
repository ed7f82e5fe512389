"""An owner is told that tags wait: signed, again and again until it is taken, never to an address inside."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim, Policy
from labeling.common.errors import ApplicationError, ConflictError
from labeling.common.models import AuditEvent
from labeling.notices.models import Notice, NoticeChannel
from labeling.notices.selectors import channels_to_tell, notices_due
from labeling.notices.services import (
    channel_close,
    channel_open,
    channel_rotate,
    notice_queue,
    notice_replay,
    notice_take,
)
from labeling.notices.tasks import deliver_notice
from labeling.tags.models import Tag
from labeling.tags.services import waiting_tell
from labeling.tags.tasks import tell_waiting
from tests.labeling.common.servers import receiver, redirect, server
from tests.labeling.tagging import hold_place, tagged
from tests.world import World, make_scene

Received = list[tuple[dict[str, str], bytes]]
WEBHOOK, EMAIL = NoticeChannel.Kind.WEBHOOK, NoticeChannel.Kind.EMAIL
HOOK = "http://shop.example/hook"


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def claim(world: World) -> DomainClaim:
    return hold_place(world, Policy.REVIEW_FIRST)


@pytest.fixture
def channel(world: World, claim: DomainClaim) -> NoticeChannel:
    return channel_open(claim=claim, kind=WEBHOOK, actor=world.bram, address=HOOK)


def wait(world: World, *names: str) -> list[Tag]:
    """Tags that have waited for Bram for some minutes."""
    made = []
    for name in names:
        scene = make_scene(world.vertical, name, domain="bram.example", source_url=f"https://bram.example/{name}")
        made.append(tagged(world, scene=scene))
    Tag.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    return made


def due(notice: Notice) -> None:
    Notice.objects.filter(pk=notice.pk).update(due_at=timezone.now())


def signed_by(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """What a receiver does, written from the documentation: openssl's way, over base64, to share nothing with ours."""
    parts = [part.split("=", 1) for part in headers["Looktag-Signature"].split(",")]
    (moment,) = [value for name, value in parts if name == "t"]
    assert abs(int(moment) - timezone.now().timestamp()) < 300
    mac = hmac.digest(secret.encode(), f"{moment}.{body.decode()}".encode(), hashlib.sha256)
    return base64.b16encode(mac).decode().lower() in [value for name, value in parts if name == "v1"]


def test_it_works(world: World, channel: NoticeChannel, settings: Any) -> None:
    received: Received = []
    tags = wait(world, "a", "b")
    with server({"/hook": receiver(received)}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        tell_waiting()
        for notice_id in notices_due(limit=10):
            deliver_notice(notice_id)
            deliver_notice(notice_id)
    ((headers, body),) = received
    told, notice = json.loads(body), Notice.objects.get()
    assert (told["type"], told["place"], told["new"], told["waiting"]) == ("tags.waiting", "bram.example", 2, 2)
    assert told["tags"] == [tag.pk for tag in tags] and told["id"] == headers["Looktag-Notice"] == str(notice.uuid)
    assert told["review"].endswith(f"/brands/{channel.claim_id}/tags/")
    assert signed_by(channel.secret, headers, body) and not signed_by("whsec_other", headers, body)
    assert (notice.state, notice.status, notice.attempts) == ("sent", 204, 1)


def test_only_what_is_new_is_told_and_not_too_often(world: World, channel: NoticeChannel) -> None:
    wait(world, "a")
    assert waiting_tell(channel_id=channel.pk) is not None
    wait(world, "b")
    assert channels_to_tell() == [] and waiting_tell(channel_id=channel.pk) is None
    NoticeChannel.objects.update(rests_until=timezone.now())
    second = waiting_tell(channel_id=channel.pk)
    assert second is not None and (second.body["new"], second.body["waiting"]) == (1, 2)
    NoticeChannel.objects.update(rests_until=None)
    assert waiting_tell(channel_id=channel.pk) is None


def test_what_is_not_mine_or_not_settled_is_not_told(world: World, channel: NoticeChannel) -> None:
    tagged(world)
    Tag.objects.update(state="held", created_at=timezone.now() - timedelta(minutes=5))
    assert waiting_tell(channel_id=channel.pk) is None
    fresh = wait(world, "a")[0]
    Tag.objects.filter(pk=fresh.pk).update(created_at=timezone.now())
    assert waiting_tell(channel_id=channel.pk) is None
    Tag.objects.filter(pk=fresh.pk).update(created_at=timezone.now() - timedelta(minutes=2), state="live")
    assert waiting_tell(channel_id=channel.pk) is None


def test_a_place_that_was_given_back_is_told_nothing(world: World, channel: NoticeChannel) -> None:
    wait(world, "a")
    DomainClaim.objects.update(state="withdrawn")
    assert channels_to_tell() == [] and waiting_tell(channel_id=channel.pk) is None


def test_it_is_sent_again_until_it_is_taken(channel: NoticeChannel, settings: Any) -> None:
    received: Received = []
    notice = notice_queue(channel=channel, body={"title": "t", "text": "x"})
    waits = []
    with server({"/hook": receiver(received, statuses=iter([500, 404, 200]))}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        for _ in range(3):
            deliver_notice(notice.pk)
            notice.refresh_from_db()
            waits.append(round((notice.due_at - timezone.now()).total_seconds() / 60))
            assert notice_take(notice_id=notice.pk) is None
            due(notice)
    assert (notice.state, notice.attempts, waits[:2]) == ("sent", 3, [1, 2])
    assert len({headers["Looktag-Notice"] for headers, _ in received}) == 1 and len(received) == 3


def test_it_is_given_up_in_the_end_and_can_be_sent_again(world: World, channel: NoticeChannel, settings: Any) -> None:
    received: Received = []
    notice = notice_queue(channel=channel, body={"title": "t", "text": "x"})
    settings.EGRESS_TEST_HOSTS = {"shop.example": ("127.0.0.1", 1)}
    for _ in range(12):
        due(notice)
        deliver_notice(notice.pk)
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == ("failed", 12) and "did not answer" in notice.finding
    due(notice)
    assert notices_due(limit=5) == [] and notice_take(notice_id=notice.pk) is None
    with server({"/hook": receiver(received)}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        notice_replay(notice=notice, actor=world.bram)
        deliver_notice(notice.pk)
    notice.refresh_from_db()
    assert notice.state == "sent" and received[0][0]["Looktag-Notice"] == str(notice.uuid)
    assert AuditEvent.objects.filter(verb="notice_replay").exists()


def test_gone_for_good_is_not_asked_again(channel: NoticeChannel, settings: Any) -> None:
    notice = notice_queue(channel=channel, body={"title": "t", "text": "x"})
    with server({"/hook": receiver([], statuses=iter([410]))}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        deliver_notice(notice.pk)
    notice.refresh_from_db()
    assert (notice.state, notice.status) == ("failed", 410)


def test_a_worker_lost_in_sending_is_followed_by_another(channel: NoticeChannel) -> None:
    notice = notice_queue(channel=channel, body={"title": "t", "text": "x"})
    assert notice_take(notice_id=notice.pk) is not None
    assert notices_due(limit=5) == []
    due(notice)
    assert notices_due(limit=5) == [notice.pk] and notice_take(notice_id=notice.pk) is not None


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/hook",
        "http://localhost/",
        "http://169.254.169.254/latest",
        "http://[::1]/",
        "http://10.0.0.1/",
    ],
)
def test_nothing_goes_inside(address: str, world: World, claim: DomainClaim) -> None:
    channel = channel_open(claim=claim, kind=WEBHOOK, actor=world.bram, address=address)
    notice = notice_queue(channel=channel, body={"title": "t", "text": "x"})
    deliver_notice(notice.pk)
    notice.refresh_from_db()
    assert notice.state == "waiting" and notice.status is None and notice.finding


def test_a_redirect_inside_is_not_followed(channel: NoticeChannel, settings: Any) -> None:
    received: Received = []
    notice = notice_queue(channel=channel, body={"title": "t", "text": "x"})
    with server({"/hook": redirect("/inside"), "/inside": receiver(received)}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        deliver_notice(notice.pk)
    notice.refresh_from_db()
    assert (notice.state, notice.status, received) == ("waiting", 302, [])


def test_both_secrets_sign_for_a_day(world: World, channel: NoticeChannel, settings: Any) -> None:
    received: Received = []
    former = channel.secret
    channel = channel_rotate(channel=channel, actor=world.bram)
    with server({"/hook": receiver(received)}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        deliver_notice(notice_queue(channel=channel, body={"title": "t", "text": "x"}).pk)
        NoticeChannel.objects.update(former_until=timezone.now())
        deliver_notice(notice_queue(channel=channel, body={"title": "t", "text": "x"}).pk)
    assert [[signed_by(secret, *each) for secret in (channel.secret, former)] for each in received] == [
        [True, True],
        [True, False],
    ]


def test_mail_goes_to_the_owners_own_account(world: World, claim: DomainClaim, settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example"
    channel = channel_open(claim=claim, kind=EMAIL, actor=world.bram, address="victim@other.example")
    wait(world, "a")
    tell_waiting()
    for notice_id in notices_due(limit=5):
        deliver_notice(notice_id)
    (sent,) = mail.outbox
    assert sent.to == [world.bram.email] == [channel.address]
    assert sent.subject == "1 new tag waits on bram.example" and f"/brands/{claim.pk}/tags/" in sent.body


def test_without_a_mail_server_it_waits(world: World, claim: DomainClaim, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    channel = channel_open(claim=claim, kind=EMAIL, actor=world.bram)
    notice = notice_queue(channel=channel, body={"title": "t", "text": "x"})
    deliver_notice(notice.pk)
    notice.refresh_from_db()
    assert notice.state == "waiting" and "LOOKTAG_EMAIL_HOST" in notice.finding and not mail.outbox


@pytest.mark.parametrize(
    "address",
    [
        *("", "shop.example", "ftp://shop.example/", "http://a:b@shop.example/", "http:///x", "http://[shop.example/"),
        *("https://shop.example:8443/", "https://shop.example:80/", "https://shop.example:x/"),
    ],
)
def test_addresses_that_are_none(address: str, world: World, claim: DomainClaim) -> None:
    with pytest.raises(ApplicationError, match="no address of a webhook"):
        channel_open(claim=claim, kind=WEBHOOK, actor=world.bram, address=address)


def test_channels_are_opened_once_and_not_without_end(world: World, channel: NoticeChannel) -> None:
    with pytest.raises(ConflictError, match="told already"):
        channel_open(claim=channel.claim, kind=WEBHOOK, actor=world.bram, address=HOOK)
    for number in range(9):
        channel_open(claim=channel.claim, kind=WEBHOOK, actor=world.bram, address=f"{HOOK}/{number}")
    with pytest.raises(ConflictError, match="10 channels"):
        channel_open(claim=channel.claim, kind=WEBHOOK, actor=world.bram, address=f"{HOOK}/more")


def test_what_is_closed_is_told_nothing(world: World, channel: NoticeChannel) -> None:
    notice = notice_queue(channel=channel, body={"title": "t", "text": "x"})
    channel_close(channel=channel, actor=world.bram)
    assert notice_take(notice_id=notice.pk) is None and channels_to_tell() == []
    with pytest.raises(ConflictError, match="Open it again"):
        notice_replay(notice=notice, actor=world.bram)
    channel_open(claim=channel.claim, kind=WEBHOOK, actor=world.bram, address=HOOK)


def test_what_waits_at_a_closed_channel_holds_nobody_up(world: World, channel: NoticeChannel) -> None:
    for _ in range(3):
        notice_queue(channel=channel, body={"title": "t", "text": "x"})
    channel_close(channel=channel, actor=world.bram)
    other = channel_open(claim=channel.claim, kind=WEBHOOK, actor=world.bram, address=f"{HOOK}/other")
    notice = notice_queue(channel=other, body={"title": "t", "text": "x"})
    assert notices_due(limit=2) == [notice.pk]


def test_a_place_lost_meanwhile_is_told_of_to_nobody(world: World, channel: NoticeChannel) -> None:
    """What was queued while the place was held says how much waits there, which is the next owner's business."""
    wait(world, "a")
    lost = waiting_tell(channel_id=channel.pk)
    assert lost is not None and notices_due(limit=9) == [lost.pk]
    for state in ("lapsed", "withdrawn", "contested", "refused"):
        DomainClaim.objects.filter(pk=channel.claim_id).update(state=state)
        assert notices_due(limit=9) == [] and notice_take(notice_id=lost.pk) is None
        with pytest.raises(ConflictError, match="Prove it first"):
            notice_replay(notice=lost, actor=world.bram)
    lost.refresh_from_db()
    assert (lost.state, lost.attempts) == ("waiting", 0)
    # Whoever proves the place again is told after all.
    DomainClaim.objects.filter(pk=channel.claim_id).update(state="verified")
    parcel = notice_take(notice_id=lost.pk)
    assert parcel is not None and parcel.notice == lost.pk


def test_a_place_lost_meanwhile_opens_no_channel(world: World, claim: DomainClaim) -> None:
    DomainClaim.objects.filter(pk=claim.pk).update(state="lapsed")
    with pytest.raises(ConflictError, match="Prove it first"):
        channel_open(claim=claim, kind=WEBHOOK, actor=world.bram, address=HOOK)


def test_the_page(world: World, claim: DomainClaim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *args, **more: None)
    bram, mallory = client_of(world.bram), client_of(world.mallory)
    address = f"/brands/{claim.pk}/notices/"
    bram.post(f"{address}open/", {"kind": "webhook", "address": HOOK})
    bram.post(f"{address}open/", {"kind": "email"})
    channel = NoticeChannel.objects.get(kind="webhook")
    notice = notice_queue(channel=channel, body={"title": "<b>3 wait</b>", "text": "x"})
    page = bram.get(address).content.decode()
    assert channel.secret in page and world.bram.email in page and "&lt;b&gt;3 wait&lt;/b&gt;" in page
    changes = [
        f"/brands/channels/{channel.pk}/rotate/",
        f"/brands/notices/{notice.pk}/replay/",
        f"/brands/channels/{channel.pk}/close/",
    ]
    assert mallory.get(address).status_code == 404
    assert mallory.post(f"{address}open/", {"kind": "email"}).status_code == 404
    for change in changes:
        assert mallory.post(change).status_code == 404
        assert client_of(world.ann).post(change).status_code == 404
        assert Client().post(change).status_code == 302
        assert bram.post(change).status_code == 302
    after = NoticeChannel.objects.get(pk=channel.pk)
    assert not after.open and after.former_secret == channel.secret != after.secret
    assert AuditEvent.objects.filter(verb="notice_replay", actor=world.bram).exists()
