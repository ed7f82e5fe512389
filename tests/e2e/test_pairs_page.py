"""The dataset's pages in Chromium: found, chosen, withdrawn and undone by keys and by hand; light and dark, wide and narrow."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from labeling.datasets.models import Pair
from labeling.datasets.services import leaks_report, snapshot_freeze
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.test_accessible import in_both_themes
from tests.e2e.test_pages import SIDEWAYS, assert_readable
from tests.labeling.datasets.pairing import motley
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)
Theme = Literal["light", "dark"]


@pytest.fixture
def pairs(world: World, transactional_db: None) -> list[Pair]:
    made = motley(world, 9)
    Pair.objects.update(withdrawn_at=None)
    return made


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_works(world: World, pairs: list[Pair], visit: Visit, tmp_path: Path, theme: Theme) -> None:
    first = snapshot_freeze(vertical=world.vertical, actor=world.cora, note="Spring", licence="cc-by-4.0")
    Pair.objects.filter(pk=pairs[0].pk).update(grade="similar", top=0.1)
    second = snapshot_freeze(vertical=world.vertical, actor=world.cora)
    leaks_report(snapshot=second)
    page = visit(world.cora, theme=theme).page
    addresses = {
        "pairs": f"{reverse('curate-pairs')}?agreement_from=0.5&domain=blog.example",
        "snapshots": reverse("curate-snapshots"),
        "snapshot": f"{reverse('curate-snapshot', args=[second.pk])}?against={first.pk}",
    }
    for name, address in addresses.items():
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 844})
            page.goto(address, wait_until="networkidle")
            page.screenshot(path=tmp_path / f"{name}-{theme}-{width}.png", full_page=True)
            assert_readable(page)
            assert page.evaluate(SIDEWAYS) <= 0, (name, width)
    for address in addresses.values():
        page.goto(address, wait_until="networkidle")
        assert in_both_themes(page) == [], address


def test_many_are_withdrawn_by_keys_and_it_is_undone(world: World, pairs: list[Pair], visit: Visit) -> None:
    page = visit(world.cora).page
    page.goto(reverse("curate-pairs"), wait_until="networkidle")
    ticks = page.locator("[data-pair] input[type=checkbox]")
    expect(ticks).to_have_count(9)
    expect(page.locator("[data-go]")).to_be_disabled()
    page.keyboard.press("ArrowRight")
    expect(ticks.first).to_be_focused()
    page.keyboard.press("x")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+X")
    expect(page.locator("[data-pair][data-ticked=true]")).to_have_count(3)
    expect(page.locator("[data-chosen]")).to_contain_text("3 chosen")
    page.keyboard.press("w")
    expect(ticks).to_have_count(6)
    assert Pair.objects.exclude(withdrawn_at=None).count() == 3
    page.keyboard.press("z")
    expect(ticks).to_have_count(9)
    assert not Pair.objects.exclude(withdrawn_at=None).exists()
    # In a field a letter is a letter.
    page.keyboard.press("/")
    page.keyboard.type("waxz")
    expect(page.locator("#id_q")).to_have_value("waxz")


def test_a_filter_is_set_by_hand_and_taken_off(world: World, pairs: list[Pair], visit: Visit) -> None:
    page = visit(world.cora).page
    page.goto(reverse("curate-pairs"), wait_until="networkidle")
    page.locator("summary", has_text="More filters").click()
    page.get_by_label("Domain").fill("rooms.example")
    page.get_by_role("button", name="Find").click()
    fitting = [pair for pair in pairs if pair.domain == "rooms.example"]
    expect(page.locator("[data-pair]")).to_have_count(len(fitting))
    page.get_by_role("link", name="Take off: at rooms.example").click()
    expect(page.locator("[data-pair]")).to_have_count(9)
    # All that fit, after a question.
    page.goto(f"{reverse('curate-pairs')}?grade=similar", wait_until="networkidle")
    page.locator("[data-all]").click()
    page.locator("[data-go]").click()
    expect(page.get_by_text("No pair fits")).to_be_visible()
    assert set(Pair.objects.exclude(withdrawn_at=None).values_list("grade", flat=True)) == {"similar"}
