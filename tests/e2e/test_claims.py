"""Claims from end to end: real name and web servers on loopback, a real worker, and everything that must not get through."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from labeling.brands.models import DomainClaim, Policy
from labeling.brands.services import claim_due, claim_open
from labeling.brands.tasks import check_claim
from labeling.brands.verification import file_path, meta_tag, txt_record
from labeling.common.models import AuditEvent
from labeling.tags.models import Tag
from labeling.tags.tasks import sweep_policies
from tests.e2e.workers import Worker, wait_until, worker_environment
from tests.labeling.api.desk import signed_in
from tests.labeling.common.internet import Internet, internet
from tests.labeling.common.servers import Answer, drip, endless, page, redirect
from tests.labeling.tagging import tagged
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
State = DomainClaim.State


@pytest.fixture
def net() -> Iterator[Internet]:
    """The internet of these tests."""
    with internet() as made:
        yield made


class Street:
    """Claims, the sites they are about, and a worker that looks at them once everything is published."""

    def __init__(self, world: World, net: Internet, start: Callable[[], Worker]) -> None:
        self.world, self.net, self._start = world, net, start
        self._worker: Worker | None = None
        self._addresses = 0

    def claim(self, domain: str, *, path: str = "", owner: str = "bram") -> DomainClaim:
        """A claim that waits for proof."""
        return claim_open(owner=getattr(self.world, owner), place=f"{domain}{path}")

    def site(self, domain: str, answers: dict[str, Answer], *, tls: bool = True, **more: Any) -> None:
        """A site at an address of its own."""
        self._addresses += 1
        self.net.site(domain, answers, address=f"8.8.4.{self._addresses}", tls=tls, **more)

    def look(self, *claims: DomainClaim) -> None:
        """Have the worker look at these claims; returns when it has."""
        self._worker = self._worker or self._start()
        before = {claim.pk: DomainClaim.objects.get(pk=claim.pk).attempts for claim in claims}
        for claim in claims:
            check_claim.delay(claim.pk)

        def looked() -> bool:
            now = dict(DomainClaim.objects.filter(pk__in=before).values_list("pk", "attempts"))
            return all(now[pk] > attempts for pk, attempts in before.items())

        wait_until(looked, what="the look at every claim", log=self._worker.log)
        for claim in claims:
            claim.refresh_from_db()

    def worker(self) -> Worker:
        """The worker that looks."""
        assert self._worker is not None
        return self._worker


@pytest.fixture
def street(world: World, net: Internet, start_worker: object, tmp_path: Path) -> Iterator[Street]:
    """Everything together; ``start_worker`` sets the files up, but this worker knows the test's internet."""
    workers: list[Worker] = []

    def start() -> Worker:
        allowance, file = net.allowance, tmp_path / "egress.json"
        routes = [[*end, *to] for end, to in allowance.routes.items()]
        file.write_text(
            json.dumps({"nameserver": allowance.nameserver, "routes": routes, "authority": allowance.authority})
        )
        more = {"DJANGO_SETTINGS_MODULE": "tests.e2e.egress_settings", "EGRESS_TEST_FILE": str(file)}
        workers.append(Worker(tmp_path / "claims.log", {**worker_environment(tmp_path), **more}))
        return workers[-1]

    yield Street(world, net, start)
    for worker in workers:
        worker.kill()


def seen(claim: DomainClaim) -> dict[str, str]:
    """What the last look found, by proof."""
    return {each["proof"]: each["found"] for each in claim.sightings}


def shown(claim: DomainClaim) -> str:
    """The page of a place, as its owner sees it."""
    return signed_in(claim.owner).get(f"/brands/{claim.pk}/").content.decode()


def test_it_works(street: Street) -> None:
    """Each proof by itself; the policy of a new place reaches its tags."""
    txt, file, meta = (street.claim(f"{name}.example") for name in ("txt", "file", "meta"))
    path = street.claim("path.example", path="/uk")
    home = street.claim("bram.example")
    tag = tagged(street.world, scene=street.world.other_scene)
    street.net.record("txt.example", [("TXT", f'"{txt_record(txt.token)}"')])
    street.site("file.example", {file_path(file.token): page(file.token)})
    street.site("meta.example", {"/": page(f"<html><head>{meta_tag(meta.token)}</head></html>")}, tls=False)
    street.site("path.example", {f"/uk{file_path(path.token)}": page(path.token)})
    street.site("bram.example", {file_path(home.token): page(home.token)})
    claims = [txt, file, meta, path, home]
    street.look(*claims)
    assert [(each.state, each.proof) for each in claims] == [
        (State.VERIFIED, proof) for proof in ("dns", "file", "meta", "file", "file")
    ]
    assert all("verified" in shown(each) and each.policy == Policy.CLOSED for each in claims)
    assert Client().get(f"/api/looks/{street.world.other_scene.pk}/").json()["tags"] == []
    sweep_policies.delay()
    wait_until(lambda: Tag.objects.get(pk=tag.pk).state == "hidden", what="the hiding", log=street.worker().log)


def test_wrong_expired_moved_and_stolen(street: Street) -> None:
    victim = street.claim("victim.example")
    street.site("victim.example", {file_path(victim.token): page(victim.token)})
    wrong, moved, copied, expired = (
        street.claim(f"{name}.example", owner="mallory") for name in ("wrong", "moved", "copied", "expired")
    )
    stolen = street.claim("victim.example", owner="mallory")
    street.site("wrong.example", {file_path(wrong.token): page("not the token"), "/": page("<title>hello</title>")})
    street.site("moved.example", {file_path(moved.token): redirect(f"https://new.example{file_path(moved.token)}")})
    street.site("new.example", {file_path(moved.token): page(moved.token)})
    # The token of somebody else's proven claim, published as one's own.
    street.site("copied.example", {file_path(copied.token): page(victim.token), "/": page(meta_tag(victim.token))})
    street.site("expired.example", {file_path(expired.token): page(expired.token)})
    DomainClaim.objects.filter(pk=expired.pk).update(token_until=timezone.now() - timedelta(days=1))

    street.look(victim, wrong, moved, copied, stolen)
    assert victim.state == State.VERIFIED
    assert {each.state for each in (wrong, moved, copied, stolen)} == {State.PENDING}
    assert seen(wrong)["file"] == "Found another text: “not the token”."
    assert "https://new.example" in seen(moved)["file"] and "another place" in seen(moved)["file"]
    assert seen(copied)["meta"] == f"Found the tag of another claim: “{victim.token}”."
    assert seen(stolen)["file"] == "It answered 404 instead of 200."
    assert street.net.hits["new.example"] == 1
    assert "not the token" in shown(wrong)

    check_claim.delay(expired.pk)
    wait_until(lambda: DomainClaim.objects.get(pk=expired.pk).state == State.EXPIRED, what="the expiry")
    expired.refresh_from_db()
    assert "The token expired on" in shown(expired) and street.net.hits["expired.example"] == 0
    assert set(DomainClaim.objects.filter(state=State.VERIFIED)) == {victim}


def test_what_must_not_get_through(street: Street) -> None:
    """A redirect inside, a name that changes its mind, 10 GB, a slow drip, bad TLS: each has its status, none its proof."""
    names = ("inside", "rebind", "huge", "slow", "tls", "private")
    inside, rebind, huge, slow, tls, private = claims = [
        street.claim(f"{name}.example", owner="mallory") for name in names
    ]
    # Everything that could be found if the worker could be led here: a server on this machine with every proof.
    street.net.site(
        "localhost.example",
        {file_path(each.token): page(each.token) for each in claims}
        | {"/": page("".join(meta_tag(c.token) for c in claims))},
        address="127.0.0.1",
    )
    street.site("inside.example", {file_path(inside.token): redirect(f"http://127.0.0.1{file_path(inside.token)}")})
    street.net.record("rebind.example", [("A", "8.8.4.99")], [("A", "127.0.0.1")])
    street.net.record("private.example", [("A", "127.0.0.1")])
    street.site("huge.example", {file_path(huge.token): endless(huge.token), "/": endless("<html>")})
    street.site("slow.example", {file_path(slow.token): drip(60), "/": drip(60, headers=True)})
    street.site("tls.example", {file_path(tls.token): page(tls.token)}, certificate_for="other.example")
    street.look(*claims)
    assert {each.state for each in claims} == {State.PENDING}
    wanted = {
        inside: "127.0.0.1 is not a public address.",
        rebind: "rebind.example leads to 127.0.0.1, which is not a public address.",
        private: "private.example leads to 127.0.0.1, which is not a public address.",
        huge: "Found another text",
        slow: "did not answer in time.",
        tls: "has no valid certificate",
    }
    found = {each.domain: seen(each)["file"] for each in claims}
    assert {each.domain: words in found[each.domain] for each, words in wanted.items()} == {
        c.domain: True for c in claims
    }, found
    assert "in its first 200,000 bytes" in seen(huge)["meta"]
    assert street.net.hits["localhost.example"] == 0 and street.net.hits["tls.example"] == 0
    assert not DomainClaim.objects.filter(state=State.VERIFIED).exists()


def test_a_proof_that_goes_and_a_second_one_that_comes(street: Street) -> None:
    """Warned, then lapsed; and a place that two have proven goes to staff, who see both proofs."""
    there = True
    first, second = street.claim("bram.example"), street.claim("bram.example", owner="mallory")

    def fading(handler: Any) -> None:
        page(first.token if there else "gone", status=200 if there else 404)(handler)

    street.site("bram.example", {file_path(first.token): fading, file_path(second.token): page(second.token)})
    street.look(first)
    street.look(second)
    assert (first.state, second.state) == (State.VERIFIED, State.CONTESTED)
    contests = signed_in(street.world.sana).get("/contests/").content.decode()
    assert first.token in contests and second.token in contests

    there = False
    DomainClaim.objects.filter(pk=first.pk).update(checked_at=timezone.now() - timedelta(days=1))
    claim_due(claim=first)
    street.look(first)
    assert first.state == State.VERIFIED and first.missing_since is not None
    assert "The proof has not been found since" in shown(first)
    DomainClaim.objects.filter(pk=first.pk).update(
        missing_since=timezone.now() - timedelta(days=8), due_at=timezone.now()
    )
    street.look(first)
    assert first.state == State.LAPSED
    street.look(second)
    assert second.state == State.VERIFIED
    verbs = list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == [
        "claim_open", "claim_open", "claim_verify", "claim_contest", "claim_warn", "claim_lapse", "claim_verify",
    ]  # fmt: skip
