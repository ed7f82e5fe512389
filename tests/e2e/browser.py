"""A real Chromium on the live server. Whatever goes wrong on a page, be it in the console alone, fails the test."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Error, Page, Request, Response, ViewportSize, sync_playwright

from labeling.accounts.models import User

WINDOW = ViewportSize(width=1440, height=900)
# One machine runs the browser, the server, a worker and perhaps more.
PATIENCE_MS = 120_000
NO_BROWSER = (
    "No Chromium to test with. Install one: apt-get install chromium, or .venv/bin/playwright install chromium."
)


@dataclass
class Visitor:
    """One person's browser with one page, and what has gone wrong in it so far."""

    context: BrowserContext
    page: Page
    troubles: list[str] = field(default_factory=list)
    forgiven: tuple[str, ...] = ()

    def forgive(self, *words: str) -> None:
        """Expect troubles that hold one of these words, such as requests while the network is cut."""
        self.forgiven += words

    def watch(self) -> None:
        """Note console errors, exceptions, failed requests and answers that say no."""
        self.page.on("console", lambda said: said.type == "error" and self._note(f"console: {said.text}"))
        self.page.on("pageerror", lambda error: self._note(f"exception: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    def unforgiven(self) -> list[str]:
        """The troubles that nobody expected."""
        return [each for each in self.troubles if not any(word in each for word in self.forgiven)]

    def _note(self, trouble: str) -> None:
        self.troubles.append(trouble)

    def _failed(self, request: Request) -> None:
        # A question that the page itself gave up, and what was under way when it went elsewhere.
        if "ERR_ABORTED" not in (request.failure or ""):
            self._note(f"{request.failure}: {request.method} {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self._note(f"{response.status}: {response.request.method} {response.url}")


class Visit(Protocol):
    """Opens a browser for a person, signed in, or for a stranger, on the live server or ``at`` another; closes with the test.

    ``agent`` is what it calls itself, where it is not to be the program that it is.
    """

    def __call__(
        self,
        user: User | None = None,
        *,
        theme: Literal["light", "dark"] = "light",
        touch: bool = False,
        at: str = "",
        agent: str | None = None,
    ) -> Visitor: ...


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of the whole run: the system's, else Playwright's own. Without one the tests fail, and never skip."""
    # Playwright keeps an event loop on this thread for good, and Django would take every later query for an async one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        except Error as error:
            pytest.fail(f"{NO_BROWSER} ({error.message.splitlines()[0]})", pytrace=False)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, live_server: Any) -> Iterator[Visit]:
    """A function that opens one more browser; at the end none of them may have had trouble."""
    visitors: list[Visitor] = []

    def opened(
        user: User | None = None,
        *,
        theme: Literal["light", "dark"] = "light",
        touch: bool = False,
        at: str = "",
        agent: str | None = None,
    ) -> Visitor:
        address = at or live_server.url
        context = chromium.new_context(
            base_url=address,
            viewport=WINDOW,
            color_scheme=theme,
            locale="en-GB",
            has_touch=touch,
            user_agent=agent,
        )
        context.set_default_timeout(PATIENCE_MS)
        if user is not None:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": address}])
        visitor = Visitor(context, context.new_page())
        visitor.watch()
        visitors.append(visitor)
        return visitor

    yield opened
    troubles = [trouble for visitor in visitors for trouble in visitor.unforgiven()]
    for visitor in visitors:
        # Pages send their last words as they go.
        visitor.page.goto("about:blank")
        visitor.context.close()
    wait_for_quiet()
    assert not troubles, "trouble in the browser:\n" + "\n".join(troubles)


def wait_for_quiet(*, looks: int = 5) -> None:
    """Wait until nobody else is at work in the database: emptying it for the next test would deadlock with them."""
    quiet = 0
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while quiet < looks and time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
            quiet = quiet + 1 if cursor.fetchone() == (0,) else 0
        time.sleep(0.05)


def tab_to(page: Page, wanted: Callable[[str], bool], *, most: int = 40) -> None:
    """Press Tab until the focused element's address or name is ``wanted``."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted(page.evaluate("document.activeElement.getAttribute('href') ?? document.activeElement.id")):
            return
    raise AssertionError(f"{most} presses of Tab did not get there.")


def session_of(user: User) -> str:
    """The key of a session that this person has just opened."""
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
