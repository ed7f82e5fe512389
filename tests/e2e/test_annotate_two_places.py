"""One person in two places, or two people at one scene: both versions are shown, and nothing anybody decided is lost."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from labeling.annotation.models import Annotation, Assignment
from labeling.annotation.services import assignment_lend
from tests.e2e.annotating import open_rooms, press, saved, scenes_sent, state, verdicts
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.labeling.bursting import lend_shown, said, send
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)


def elsewhere(visit: Visit, world: World, page: Page) -> Page:
    """The same person at another computer, on the same scene."""
    visitor = visit(world.ann)
    visitor.forgive("409")
    visitor.page.goto(page.url)
    state(visitor.page, *["undecided"] * 4)
    return visitor.page


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_two_drafts(world: World, transactional_db: None, visit: Visit, choice: str) -> None:
    here = visit(world.ann)
    here.forgive("409")
    page = here.page
    [parlour] = open_rooms(page, world, "parlour")
    other = elsewhere(visit, world, page)
    press(other, "x", "x")
    saved(other)
    press(page, "2")
    dialog = page.get_by_test_id("conflict")
    expect(dialog).to_be_visible()
    expect(page.get_by_test_id("version-mine")).to_contain_text("1")
    expect(page.get_by_test_id("version-theirs")).to_contain_text("2")
    page.get_by_test_id(f"version-{choice}").get_by_role("button").click()
    expect(dialog).to_be_hidden()
    decided = ["confirmed"] if choice == "mine" else ["rejected", "rejected"]
    state(page, *decided, *["undecided"] * (4 - len(decided)))
    saved(page)
    draft = Assignment.objects.get(scene=parlour).draft
    assert draft is not None
    assert [each["rejected"] for each in draft["objects"]].count(True) == (0 if choice == "mine" else 2)


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_two_submissions(world: World, transactional_db: None, visit: Visit, choice: str) -> None:
    here = visit(world.ann)
    here.forgive("409")
    page = here.page
    [parlour] = open_rooms(page, world, "parlour")
    other = elsewhere(visit, world, page)
    press(other, "Control+Enter")
    scenes_sent(other, 1)
    theirs = verdicts(parlour)

    page.route("**/draft/", lambda route: route.fulfill(status=200, json={"revision": 1}))
    press(page, "x", "x", "x", "x", "Control+Enter")
    expect(page.get_by_test_id("conflict")).to_be_visible()
    page.get_by_test_id(f"version-{choice}").get_by_role("button").click()
    saved(page)
    seat = Assignment.objects.get(scene=parlour)
    counting = Annotation.objects.filter(assignment=seat, version=seat.version)
    if choice == "mine":
        assert set(counting.values_list("verdict", flat=True)) == {"rejected"}
        assert Annotation.objects.filter(scene=parlour).count() == 8, "what was sent first is kept on record"
    else:
        assert verdicts(parlour) == theirs and counting.count() == 4


def test_late_work_on_a_lost_lease_is_an_extra_decision(world: World, transactional_db: None, visit: Visit) -> None:
    page = visit(world.ann).page
    [parlour] = open_rooms(page, world, "parlour")
    press(page, "x")
    saved(page)
    Assignment.objects.filter(scene=parlour).update(leased_until=timezone.now())
    campaign = Assignment.objects.get(scene=parlour).campaign
    [shown] = lend_shown(world.arif, campaign)
    assert shown["draft"] is None, "what Ann has not sent is hers"
    send(world.arif, shown, [said(thing) for thing in shown["objects"]])

    page.route("**/heartbeat/", lambda route: route.fulfill(status=200, json={}))
    press(page, "Control+Enter")
    expect(page.get_by_test_id("all-done")).to_be_visible()
    saved(page)
    by_person = {
        person: Annotation.objects.filter(scene=parlour, annotator=person) for person in (world.ann, world.arif)
    }
    assert [said.count() for said in by_person.values()] == [4, 4]
    assert by_person[world.ann].order_by("proposal__position").values_list("verdict", flat=True)[0] == "rejected"
    assert Assignment.objects.filter(scene=parlour, state="submitted").count() == 2
    assert assignment_lend(annotator=world.cora, campaign_id=campaign.pk) == []
