"""Proof that a person holds a place: a TXT record of its domain, a file at its root, or a meta tag on its home page.

Any one of them carries the claim's token. What was found and what was expected is told for each.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from html.parser import HTMLParser
from typing import Literal
from urllib.parse import quote

from labeling.brands.places import Place, page_of
from labeling.common.egress import Answer, EgressRefused, fetch
from labeling.common.names import NameUnknown, texts_of

META_NAME = TXT_NAME = "looktag-site-verification"
SECONDS = 30.0
"""For one look at a place, all proofs together."""
DNS_SECONDS, PAGE_SECONDS = 6.0, 10.0
SHOWN = 80
_IN_HEAD = {"html", "head", "meta", "link", "title", "base", "style", "script", "noscript", "template"}
_HIDING = {"title", "noscript", "template"}

ProofKind = Literal["dns", "file", "meta"]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One proof that was looked for: where, what was expected there and what was found, in words."""

    proof: ProofKind
    where: str
    expected: str
    found: str
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a proof is there, in words; ``proof`` says which, and is empty where the place was given by hand."""

    proven: bool
    words: str
    proof: ProofKind | Literal[""] = ""
    sightings: tuple[Sighting, ...] = field(default=())

    def record(self) -> list[dict[str, object]]:
        """The sightings in JSON."""
        return [asdict(sighting) for sighting in self.sightings]


def file_path(token: str) -> str:
    """Where the file must lie under the place."""
    return f"/looktag-{token}.html"


def meta_tag(token: str) -> str:
    """The tag that must stand on the home page."""
    return f'<meta name="{META_NAME}" content="{token}">'


def txt_record(token: str) -> str:
    """The text that a TXT record of the domain must have."""
    return f"{TXT_NAME}={token}"


def proof_find(*, domain: str, path: str, token: str) -> Finding:
    """Look for each proof until one is there. Never raises for what a stranger's servers do."""
    end = time.monotonic() + SECONDS
    seen: list[Sighting] = []
    for look in (_look_dns, _look_file, _look_meta):
        seen.append(look(Place(domain, path), token, end))
        if seen[-1].proven:
            return Finding(True, seen[-1].found, seen[-1].proof, tuple(seen))
    return Finding(False, " ".join(f"{each.where}: {each.found}" for each in seen), "", tuple(seen))


def _look_dns(place: Place, token: str, end: float) -> Sighting:
    expected, where = txt_record(token), f"TXT {place.domain}"
    try:
        texts = texts_of(place.domain, deadline=min(end, time.monotonic() + DNS_SECONDS))
    except NameUnknown as error:
        return Sighting("dns", where, expected, error.message)
    if expected in (text.strip() for text in texts):
        return Sighting("dns", where, expected, f"Found the TXT record of {place.domain}.", proven=True)
    ours = [text for text in texts if text.startswith(TXT_NAME)]
    if ours:
        return Sighting("dns", where, expected, f"Found the token of another claim: {_short(ours[0])}.")
    if texts:
        return Sighting("dns", where, expected, f"Found {len(texts)} TXT records, none of them ours.")
    return Sighting("dns", where, expected, "Found no TXT record.")


def _look_file(place: Place, token: str, end: float) -> Sighting:
    where = f"{place}{file_path(token)}"
    answer = _opened(place, file_path(token), end)
    if isinstance(answer, str):
        return Sighting("file", where, token, answer)
    text = answer.body.decode("utf-8", "replace").strip().removeprefix("\ufeff")
    if text == token and not answer.cut:
        return Sighting("file", where, token, f"Found the file at {answer.url}.", proven=True)
    return Sighting("file", where, token, f"Found another text: {_short(text)}." if text else "Found an empty file.")


def _look_meta(place: Place, token: str, end: float) -> Sighting:
    where, expected = f"{place}/", meta_tag(token)
    answer = _opened(place, "/", end)
    if isinstance(answer, str):
        return Sighting("meta", where, expected, answer)
    tokens = meta_tokens(answer.body.decode("utf-8", "replace"))
    if token in tokens:
        return Sighting("meta", where, expected, f"Found the meta tag at {answer.url}.", proven=True)
    if tokens:
        return Sighting("meta", where, expected, f"Found the tag of another claim: {_short(min(tokens))}.")
    end_of_look = f" in its first {len(answer.body):,} bytes" if answer.cut else ""
    return Sighting("meta", where, expected, f"Found no such tag in the head of the page{end_of_look}.")


def _opened(place: Place, page: str, end: float) -> Answer | str:
    """The page over https, or where nothing answers there over http, or under ``www.``; else why not, in words."""
    words = ""
    for origin in (f"{scheme}://{www}{place.domain}" for www in ("", "www.") for scheme in ("https", "http")):
        left = end - time.monotonic()
        if left <= 0:
            return "There was no time left to look: the place answers too slowly."
        try:
            answer = fetch(f"{origin}{quote(place.path)}{page}", seconds=min(left, PAGE_SECONDS))
        except EgressRefused as error:
            words = words or error.message
            # What answers badly over https is not asked in the clear: somebody may have turned it that way.
            if error.why in {"connect", "dns"}:
                continue
            return error.message
        domain, path = page_of(answer.url)
        if domain != place.domain or not place.holds(domain, path):
            return f"It redirects to {_short(answer.url)}, which is another place. Claim that one, or answer here."
        if answer.status != 200:
            return f"It answered {answer.status} instead of 200."
        return answer
    return words


def meta_tokens(page: str) -> set[str]:
    """The contents of our meta tags in the head of a page; what stands in its body counts for nothing.

    Visitors write bodies, and titles: the head ends where a browser ends it, with the first element that is none of its own.
    """
    parser = _HeadParser()
    parser.feed(page)
    return parser.tokens


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return f"“{plain[:SHOWN]}{'…' if len(plain) > SHOWN else ''}”"


class _HeadParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tokens: set[str] = set()
        self._over = False
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _IN_HEAD and not self._hidden:
            self._over = True
        values = dict(reversed(attrs))
        if tag == "meta" and not self._over and not self._hidden and (values.get("name") or "").lower() == META_NAME:
            self.tokens.add((values.get("content") or "").strip())
        if tag in _HIDING:
            self._hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]
        elif tag == "head" and not self._hidden:
            self._over = True
