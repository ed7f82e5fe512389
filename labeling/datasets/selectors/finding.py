"""Finding pairs by anything, newest first, at a cost that does not grow with the dataset.

Whatever narrows a search has an index of its own. Where one of the wishes alone leaves few pairs, these are read, and the
answer is exact. Otherwise the index of one wish is walked from the newest pair on, at most :data:`WINDOW` pairs a page, and
a page that is not full says how far it looked, so that the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from labeling.common.errors import NotFoundError
from labeling.datasets.models import Pair

WINDOW = 10_000
"""Pairs that are looked at for one page."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for among pairs. What is None or empty narrows nothing; an empty tuple of ids finds nothing.

    Ids are rows' keys; ``since`` counts from its moment on, ``until`` up to before its own. Bounds of ``agreement`` in
    [0, 1] and ``score``, a cosine, are included; a pair without such a figure is outside all bounds.
    """

    vertical: int
    withdrawn: bool = False
    category: int | None = None
    brand: int | None = None
    person: int | None = None
    domain: str = ""
    grade: str = ""
    source: str = ""
    pairs: tuple[int, ...] | None = None
    scenes: tuple[int, ...] | None = None
    products: tuple[int, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    agreement_from: float | None = None
    agreement_to: float | None = None
    score_from: float | None = None
    score_to: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Keys of pairs, newest first; ``before`` is where the page after begins, None where nothing is left.

    ``count`` is how many fit in all, None where that would take too long to know. ``looked_through`` says that the page
    is not full only because it stopped looking: older pairs may fit as well.
    """

    pairs: list[int]
    before: int | None
    count: int | None
    looked_through: bool = False


@dataclass(frozen=True, slots=True)
class _Term:
    """One condition on ``p``. Those with an ``order`` may lead: fewer are expected the lower it is; ``walks`` says that their
    index is also in order of time. ``joined`` leads by way of the voices ``v`` instead."""

    sql: str
    values: tuple[Any, ...] = ()
    order: int | None = None
    walks: bool = False
    joined: str = ""


def pairs_found(wanted: Wanted, *, before: int | None, size: int) -> Found:
    """One page of what is wanted: at most ``size`` pairs older than the pair ``before``. NotFoundError for no such pair."""
    terms = list(_terms(wanted))
    leads = sorted((each for each in terms if each.order is not None), key=lambda each: each.order or 0)
    for lead in leads:
        if _few(lead, wanted, before):
            return _exact(lead, terms, wanted, before, size)
    lead = next(each for each in leads if each.walks)
    return _walked(lead, terms, wanted, before, size)


def pairs_fitting(wanted: Wanted, *, most: int) -> list[int] | None:
    """The keys of all pairs that are wanted, newest first; None where they may be more than ``most``, up to the window."""
    found = pairs_found(wanted, before=None, size=most)
    return found.pairs if found.before is None and not found.looked_through else None


def _terms(wanted: Wanted) -> Iterator[_Term]:
    yield (
        _Term("p.withdrawn_at IS NOT NULL", order=9, walks=True)
        if wanted.withdrawn
        else _Term("p.withdrawn_at IS NULL")
    )
    if wanted.pairs is not None:
        yield _Term("p.id = ANY(%s)", (list(wanted.pairs),), order=0)
    if wanted.scenes is not None:
        yield _Term("p.scene_id = ANY(%s)", (list(wanted.scenes),), order=1)
    if wanted.products is not None:
        yield _Term("p.product_id = ANY(%s)", (list(wanted.products),), order=2)
    if wanted.domain:
        yield _Term("p.domain = %s", (wanted.domain,), order=3, walks=True)
    if wanted.brand is not None:
        yield _Term("p.brand_id = %s", (wanted.brand,), order=4, walks=True)
    if wanted.person is not None:
        said = "EXISTS (SELECT FROM datasets_pairvoice w WHERE w.pair_id = p.id AND w.person_id = %s)"
        yield _Term(said, (wanted.person,), order=5, walks=True, joined="v.person_id = %s")
    if wanted.category is not None:
        yield _Term("p.filed_under_id = %s", (wanted.category,), order=6, walks=True)
    if wanted.grade:
        yield _Term("p.grade = %s", (wanted.grade,), order=7 if wanted.grade == "similar" else None, walks=True)
    if wanted.source:
        yield _Term("p.source = %s", (wanted.source,), order=8 if wanted.source == "brand" else None, walks=True)
    for name, low, high in (
        ("agreement", wanted.agreement_from, wanted.agreement_to),
        ("score", wanted.score_from, wanted.score_to),
    ):
        bounds = [(sign, bound) for sign, bound in ((">=", low), ("<=", high)) if bound is not None]
        if bounds:
            sql = " AND ".join(f"p.{name} {sign} %s" for sign, _ in bounds)
            yield _Term(sql, tuple(bound for _, bound in bounds), order=10)
    yield _Term("p.vertical_id = %s", (wanted.vertical,), order=11, walks=True)


def _source(lead: _Term) -> tuple[str, str, str, str]:
    """Where a lead reads its pairs from, its condition, and the moment and key it goes by."""
    if lead.joined:
        joined = "datasets_pairvoice v JOIN datasets_pair p ON p.id = v.pair_id"
        return joined, lead.joined, "v.created_at", "v.pair_id"
    return "datasets_pair p", lead.sql, "p.created_at", "p.id"


def _span(wanted: Wanted, before: int | None, moment: str, key: str) -> tuple[str, tuple[Any, ...]]:
    """The time that counts and the place in the list, as a condition that an index in order of time takes."""
    parts, values = ["true"], list[Any]()
    if wanted.since is not None:
        parts.append(f"{moment} >= %s")
        values.append(wanted.since)
    if wanted.until is not None:
        parts.append(f"{moment} < %s")
        values.append(wanted.until)
    if before is not None:
        parts.append(f"({moment}, {key}) < (%s, %s)")
        values += [_moment_of(before), before]
    return " AND ".join(parts), tuple(values)


def _moment_of(pair: int) -> datetime:
    moment = Pair.objects.filter(pk=pair).values_list("created_at", flat=True).first()
    if moment is None:
        raise NotFoundError(f"There is no pair {pair} to go on from. Begin at the newest.")
    return moment


def _few(lead: _Term, wanted: Wanted, before: int | None) -> bool:
    """Whether a lead alone leaves no more pairs than one page may look at."""
    table, condition, moment, key = _source(lead)
    span, values = _span(wanted, before, moment, key)
    rows = _rows(
        f"SELECT count(*) FROM (SELECT FROM {table} WHERE {condition} AND {span} LIMIT {WINDOW + 1}) few",
        (*lead.values, *values),
    )
    return int(rows[0][0]) <= WINDOW


def _exact(lead: _Term, terms: list[_Term], wanted: Wanted, before: int | None, size: int) -> Found:
    table, condition, moment, key = _source(lead)
    span, values = _span(wanted, before, moment, key)
    rest, more = _rest(lead, terms)
    # OFFSET 0 keeps the planner from reading another index in the hope that enough turns up early.
    rows = _rows(
        f"SELECT p.id, count(*) OVER () FROM (SELECT p.* FROM {table} WHERE {condition} AND {span} OFFSET 0) p"
        f" WHERE {rest} ORDER BY p.created_at DESC, p.id DESC LIMIT {size + 1}",
        (*lead.values, *values, *more),
    )
    pairs = [int(row[0]) for row in rows]
    count = (int(rows[0][1]) if rows else 0) if before is None else None
    return Found(pairs[:size], pairs[size - 1] if len(pairs) > size else None, count)


def _walked(lead: _Term, terms: list[_Term], wanted: Wanted, before: int | None, size: int) -> Found:
    table, condition, moment, key = _source(lead)
    span, values = _span(wanted, before, moment, key)
    rest, more = _rest(lead, terms)
    walk = f"FROM {table} WHERE {condition} AND {span} ORDER BY {moment} DESC, {key} DESC"
    # The inner part is read only as far as the outer one wants more.
    rows = _rows(
        f"SELECT p.id FROM (SELECT p.* {walk} LIMIT {WINDOW}) p WHERE {rest} LIMIT {size + 1}",
        (*lead.values, *values, *more),
    )
    pairs = [int(row[0]) for row in rows]
    if len(pairs) > size:
        return Found(pairs[:size], pairs[size - 1], None)
    edge = _rows(f"SELECT {key} {walk} OFFSET {WINDOW - 1} LIMIT 1", (*lead.values, *values))
    if edge:
        return Found(pairs, int(edge[0][0]), None, looked_through=True)
    return Found(pairs, None, len(pairs) if before is None else None)


def _rest(lead: _Term, terms: list[_Term]) -> tuple[str, tuple[Any, ...]]:
    others = [each for each in terms if each is not lead]
    return " AND ".join(["true", *(each.sql for each in others)]), tuple(v for each in others for v in each.values)


def _rows(sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
