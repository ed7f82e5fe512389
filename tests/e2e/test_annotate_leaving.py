"""Leaving the page gives back what nobody has looked at; what a dead browser holds is freed by the sweep."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from labeling.annotation.models import Assignment
from labeling.annotation.services import assignment_lend
from labeling.annotation.tasks import sweep_leases
from tests.e2e.annotating import open_rooms, press, saved
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.workers import wait_until
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)


def held_by_ann(world: World) -> set[str]:
    seats = Assignment.objects.filter(annotator=world.ann, state="waiting")
    return set(seats.values_list("scene__external_id", flat=True))


def test_it_works(world: World, transactional_db: None, visit: Visit) -> None:
    visitor = visit(world.ann)
    page = visitor.page
    open_rooms(page, world, "parlour", "attic", "cellar", "porch")
    assert held_by_ann(world) == {"parlour", "attic", "cellar"}
    page.close(run_before_unload=True)
    visitor.page = visitor.context.new_page()
    wait_until(lambda: held_by_ann(world) == {"parlour"}, what="the seats given back")
    campaign = Assignment.objects.get(scene__external_id="attic").campaign_id
    assert len(assignment_lend(annotator=world.arif, campaign_id=campaign)) == 3


def test_what_a_dead_browser_held_is_swept(world: World, transactional_db: None, visit: Visit) -> None:
    visitor = visit(world.ann)
    page = visitor.page
    open_rooms(page, world, "parlour", "attic", "cellar")
    press(page, "x")
    saved(page)
    # Nobody says goodbye.
    page.evaluate("navigator.sendBeacon = () => true")
    page.route("**/release/", lambda route: route.abort())
    sweep_leases()
    assert held_by_ann(world) == {"parlour", "attic", "cellar"}, "a lease that runs is nobody's to end"
    Assignment.objects.filter(state="waiting").update(leased_until=timezone.now())
    sweep_leases()
    # The one with work in it is kept in Ann's name, and is free for whoever asks.
    assert held_by_ann(world) == {"parlour"}
    campaign = Assignment.objects.get(scene__external_id="attic").campaign_id
    assert len(assignment_lend(annotator=world.arif, campaign_id=campaign)) == 3
