"""Ten minutes without network: the work goes on, leases run out meanwhile, and afterwards all of it is with the server, once."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from labeling.annotation.models import Annotation, Assignment
from labeling.annotation.tasks import sweep_leases
from tests.e2e.annotating import light, open_rooms, press, saved, state
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.labeling.bursting import lend_shown, said, send
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)
OBJECTS = 4


def test_it_works(world: World, transactional_db: None, visit: Visit) -> None:
    visitor = visit(world.ann)
    # The clock's leaps give up requests that have arrived: the draft is then sent again, and the page knows its own words.
    visitor.forgive("ERR_INTERNET_DISCONNECTED", "/draft/", "409 (Conflict)")
    page = visitor.page
    page.clock.install()
    rooms = open_rooms(page, world, "parlour", "attic", "cellar", "porch")
    title = page.locator("[data-part=title]")
    press(page, "x")
    saved(page)
    visitor.context.set_offline(True)
    press(page, "Control+Enter")
    expect(title).to_have_text("A attic")
    press(page, "2")
    page.clock.fast_forward("05:00")
    press(page, "Control+Enter")
    expect(title).to_have_text("A cellar")
    press(page, "x")
    page.clock.fast_forward("05:30")
    expect(light(page)).to_have_attribute("data-state", "offline")
    expect(light(page)).to_contain_text("3")
    assert not Annotation.objects.exists()

    # Meanwhile the leases have run out, and Arif was lent what Ann has judged without the server's knowing.
    Assignment.objects.filter(state="waiting").update(leased_until=timezone.now())
    sweep_leases()
    campaign = Assignment.objects.get(scene=rooms[0]).campaign
    (shown,) = lend_shown(world.arif, campaign, want=1)
    assert shown["scene"]["id"] == rooms[0].pk
    send(world.arif, shown, [said(thing) for thing in shown["objects"]])

    visitor.context.set_offline(False)
    page.clock.fast_forward("00:40")
    saved(page)
    expect(title).to_have_text("A cellar")
    state(page, "rejected", *["undecided"] * 3)
    ours = Annotation.objects.filter(annotator=world.ann)
    assert [ours.filter(scene=room).count() for room in rooms] == [OBJECTS, OBJECTS, 0, 0]
    assert ours.filter(scene=rooms[0]).order_by("proposal__position").values_list("verdict", flat=True)[0] == "rejected"
    assert Annotation.objects.filter(annotator=world.arif, scene=rooms[0]).count() == OBJECTS
    press(page, "Control+Enter")
    expect(title).to_have_text("A porch")
    saved(page)
    assert ours.filter(scene=rooms[2]).count() == OBJECTS
