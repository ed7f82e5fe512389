"""Proof that a person holds a domain: a file at its root, or a meta tag on its home page, that carries the claim's token."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser

from labeling.common.egress import EgressRefused, fetch

META_NAME = "looktag-site-verification"


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether the proof is there, and in words what was found and what was expected."""

    proven: bool
    words: str


def file_path(token: str) -> str:
    """Where the file must lie under the domain."""
    return f"/looktag-{token}.html"


def meta_tag(token: str) -> str:
    """The tag that must stand on the home page."""
    return f'<meta name="{META_NAME}" content="{token}">'


def proof_find(*, domain: str, path: str, token: str) -> Finding:
    """Look for either proof over https, then http. Never raises for what a stranger's server does."""
    notes: list[str] = []
    for scheme in ("https", "http"):
        home = f"{scheme}://{domain}{path}"
        for url, what in ((f"{home}{file_path(token)}", "file"), (f"{home}/", "meta tag")):
            try:
                answer = fetch(url)
            except EgressRefused as error:
                notes.append(error.message)
                continue
            text = answer.body.decode("utf-8", "replace")
            found = text.strip() == token if what == "file" else token in meta_tokens(text)
            if answer.status == 200 and found:
                return Finding(True, f"Found the {what} at {url}.")
            notes.append(f"{url} answered {answer.status} without the {what}.")
    return Finding(
        False,
        f"Expected {meta_tag(token)} on the home page or the text {token} in {file_path(token)}. " + " ".join(notes),
    )


def meta_tokens(page: str) -> set[str]:
    """The contents of our meta tags in the head of a page; what stands in its body counts for nothing."""
    parser = _HeadParser()
    parser.feed(page)
    return parser.tokens


class _HeadParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tokens: set[str] = set()
        self._in_body = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            self._in_body = True
        values = dict(attrs)
        if tag == "meta" and not self._in_body and values.get("name") == META_NAME:
            self.tokens.add(values.get("content") or "")
