"""Three ways to work on the annotation page: with the keyboard alone, with the mouse alone, with a finger alone."""

from __future__ import annotations

from abc import ABC, abstractmethod

from playwright.sync_api import CDPSession, Locator, Page, ViewportSize, expect

from labeling.annotation.models import Campaign
from models_ml.types import Box
from tests.e2e.annotating import on_screen, press
from tests.e2e.browser import Visitor, tab_to
from tests.e2e.rooms import HEIGHT, WIDTH

PHONE = ViewportSize(width=390, height=844)


class Hand(ABC):
    """What a plan asks for; each hand has its own way. Cells are numbered from 1, as they stand on the page."""

    touch = False

    def __init__(self, visitor: Visitor) -> None:
        self.page: Page = visitor.page
        self.visitor = visitor

    @abstractmethod
    def open(self, campaign: Campaign) -> None:
        """From the list of campaigns into this one."""

    @abstractmethod
    def strike(self, cell: int) -> None:
        """Strike an accepted cell."""

    @abstractmethod
    def take(self, card: int, *, similar: bool = False) -> None:
        """The product of a card is the one, or like it."""

    @abstractmethod
    def none(self) -> None:
        """None of these products."""

    @abstractmethod
    def no_object(self) -> None:
        """The struck cell shows nothing to tag."""

    @abstractmethod
    def reject(self) -> None:
        """The selected box of a scene is no object."""

    @abstractmethod
    def rename(self, cell: int, slug: str) -> None:
        """A cell of a box burst shows something of another category."""

    @abstractmethod
    def draw(self, box: Box, slug: str, name: str) -> None:
        """A box that nobody had, and its category."""

    @abstractmethod
    def undo(self) -> None:
        """Take the last step back."""

    @abstractmethod
    def submit(self) -> None:
        """Send what is on the page."""


class Keyboard(Hand):
    """No pointer at all."""

    def open(self, campaign: Campaign) -> None:
        tab_to(self.page, lambda name: name == f"/annotate/{campaign.pk}/")
        press(self.page, "Enter")

    def strike(self, cell: int) -> None:
        press(self.page, "Home", *["ArrowRight"] * (cell - 1), "x")

    def take(self, card: int, *, similar: bool = False) -> None:
        press(self.page, f"Shift+{card}" if similar else str(card))

    def none(self) -> None:
        press(self.page, "0")

    def no_object(self) -> None:
        press(self.page, "Shift+X")

    def reject(self) -> None:
        press(self.page, "x")

    def rename(self, cell: int, slug: str) -> None:
        digit = self.page.locator(f"[data-part=quick] [data-slug={slug}] kbd").inner_text()
        press(self.page, "Home", *["ArrowRight"] * (cell - 1), digit)

    def draw(self, box: Box, slug: str, name: str) -> None:
        press(self.page, "r")
        at = [WIDTH // 2, HEIGHT // 2]
        for corner in ((box.left, box.top), (box.right, box.bottom)):
            wanted = [round(corner[0] * WIDTH), round(corner[1] * HEIGHT)]
            for axis, (back, forth) in enumerate((("ArrowLeft", "ArrowRight"), ("ArrowUp", "ArrowDown"))):
                way = wanted[axis] - at[axis]
                key = forth if way > 0 else back
                tens, ones = divmod(abs(way), 10)
                press(self.page, *[f"Shift+{key}"] * tens, *[key] * ones)
            press(self.page, "Enter")
            at = wanted
        expect(self.page.get_by_test_id("category-input")).to_be_focused()
        self.page.keyboard.type(name[:3])
        press(self.page, "Enter")

    def undo(self) -> None:
        press(self.page, "Control+z")

    def submit(self) -> None:
        press(self.page, "Control+Enter")


class Mouse(Hand):
    """No key at all."""

    def press(self, what: Locator) -> None:
        """The pointer's way to say yes."""
        what.click()

    def open(self, campaign: Campaign) -> None:
        self.press(self.page.get_by_role("link", name=campaign.name))

    def strike(self, cell: int) -> None:
        self.press(self.page.get_by_test_id(f"cell-{cell}"))

    def take(self, card: int, *, similar: bool = False) -> None:
        chosen = self.page.get_by_test_id(f"card-{card}")
        if similar:
            self.reach(chosen)
            self.press(chosen.locator("[data-similar]"))
        else:
            self.press(chosen.locator("[data-pick]"))

    def reach(self, card: Locator) -> None:
        """What a card offers beside itself shows under the mouse."""
        card.hover()

    def none(self) -> None:
        self.press(self.page.get_by_test_id("none"))

    def no_object(self) -> None:
        self.press(self.page.get_by_test_id("not-object"))

    def reject(self) -> None:
        self.press(self.page.get_by_test_id("reject"))

    def rename(self, cell: int, slug: str) -> None:
        self.press(self.page.get_by_test_id(f"cell-{cell}"))
        self.press(self.page.locator(f"[data-part=quick] [data-slug={slug}]"))

    def draw(self, box: Box, slug: str, name: str) -> None:
        self.press(self.page.locator("[data-part=draw]"))
        self.drag(on_screen(self.page, box.left, box.top), on_screen(self.page, box.right, box.bottom))
        self.press(self.page.locator(f"#category-list [data-slug={slug}]"))

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """From one point of the window to another."""
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move(*end, steps=4)
        self.page.mouse.up()

    def undo(self) -> None:
        self.press(self.page.locator("[data-part=undo]"))

    def submit(self) -> None:
        self.press(self.page.get_by_test_id("submit"))


class Finger(Mouse):
    """A phone: no key, no mouse, and nothing that only shows under one."""

    touch = True

    def __init__(self, visitor: Visitor) -> None:
        super().__init__(visitor)
        self.page.set_viewport_size(PHONE)
        self.session: CDPSession = visitor.context.new_cdp_session(self.page)

    def press(self, what: Locator) -> None:
        what.tap()

    def reach(self, card: Locator) -> None:
        expect(card.locator("[data-similar]")).to_be_visible()

    def undo(self) -> None:
        sheet = self.page.locator(".panel-close")
        if sheet.is_visible():
            sheet.tap()
        super().undo()

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        steps = [
            (start[0] + (end[0] - start[0]) * part / 4, start[1] + (end[1] - start[1]) * part / 4) for part in range(5)
        ]
        for kind, points in (
            ("touchStart", steps[:1]),
            *(("touchMove", [step]) for step in steps[1:]),
            ("touchEnd", []),
        ):
            touches = [{"x": x, "y": y, "id": 0} for x, y in points]
            self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


HANDS: dict[str, type[Hand]] = {"keyboard": Keyboard, "mouse": Mouse, "finger": Finger}
