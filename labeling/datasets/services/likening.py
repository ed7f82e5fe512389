"""Putting pictures into groups of look-alikes, once and for ever."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import transaction
from django.utils import timezone

from labeling.catalog.models import Product, Scene, Vertical
from labeling.datasets.alike import Group, Joined, Pictures, joins, near_couples, resembling
from labeling.datasets.models import Likeness
from labeling.datasets.selectors.likeness import LIKENESS, RULES, SCENES
from labeling.datasets.splits import split_of

WRITTEN = ["root", "key", "torn", "phash", "vector", "embedder", "looked_at"]


@dataclass(frozen=True, slots=True)
class Look:
    """What looking at a picture gave: its signed hash, None where it is too flat or could not be opened, and its vector."""

    key: int
    phash: int | None
    vector: bytes | None


@transaction.atomic
def likeness_record(*, vertical: Vertical, kind: str, looks: Sequence[Look], embedder: str, dim: int) -> int:
    """Keep what was seen of scenes or products, and give each its group; those that have one keep it, whatever was seen.

    ``embedder`` is the fingerprint behind the vectors of length ``dim``, empty and 0 without one. Pictures of two verticals are
    never compared. Looked at twice is looked at once: the second time only the vector is renewed. Returns how many are new.
    """
    # One at a time, or two new look-alikes would each found a group; a freeze waits here as well.
    Vertical.objects.select_for_update(no_key=True).get(pk=vertical.pk)
    model, name = LIKENESS[kind], "scene" if kind == SCENES else "product"
    known: dict[int, Likeness] = model.objects.in_bulk([look.key for look in looks])  # type: ignore[assignment]
    now = timezone.now()
    again = {pk: row for pk, row in known.items() if row.looked_at is not None}
    for look in looks:
        if look.key in again:
            again[look.key].vector, again[look.key].embedder = look.vector, embedder
    model.objects.bulk_update(again.values(), ["vector", "embedder"])  # type: ignore[arg-type]
    fresh = sorted((look for look in looks if look.key not in again), key=lambda look: look.key)
    if not fresh:
        return 0
    joins_to = zip(fresh, _joined(vertical, kind, fresh, embedder, dim), strict=True)
    rows = [model(**{f"{name}_id": look.key}, **_fields(look, joined, embedder, now)) for look, joined in joins_to]
    model.objects.bulk_create(rows, update_conflicts=True, unique_fields=[name], update_fields=WRITTEN)  # type: ignore[arg-type]
    return len(fresh)


def _joined(vertical: Vertical, kind: str, fresh: Sequence[Look], embedder: str, dim: int) -> list[Joined]:
    """The group of each new picture, in the order in which they came."""
    new = Pictures.of([(look.key, look.phash, look.vector) for look in fresh], dim)
    before = _resembling(vertical, kind, new, embedder, dim)
    near = defaultdict[int, set[int]](set)
    for mine, other in [*near_couples(new, before, RULES[kind]), *near_couples(new, new, RULES[kind])]:
        if mine != other:
            near[mine].add(other)
    said = _said_alike(vertical, kind, [look.key for look in fresh])
    names = _names(kind, [look.key for look in fresh])
    told = {*before.keys.tolist(), *names, *(key for keys in said.values() for key in keys)}
    rows = LIKENESS[kind].objects.filter(pk__in=told).values_list("pk", "root", "key")
    groups = {pk: Group(root, key) for pk, root, key in rows}
    joined, done = [], set(before.keys.tolist())
    for look in fresh:
        # Of the new ones only those that came earlier have a group already; variants have one even unseen.
        others = [groups[key] for key in near[look.key] if key in done]
        others += [groups[key] for key in said[look.key] if key in groups and key != look.key]
        own = groups.get(look.key)
        if own is None:
            found = joins(Group(look.key, names[look.key]), others, [split_of(group.key) for group in others])
        else:
            # A freeze gave it its group before anybody had looked, and that stands.
            found = Joined(own, any(split_of(group.key) != split_of(own.key) for group in others))
        groups[look.key] = found.group
        done.add(look.key)
        joined.append(found)
    return joined


def _resembling(vertical: Vertical, kind: str, new: Pictures, embedder: str, dim: int) -> Pictures:
    """The pictures looked at before that may be near-duplicates of new ones: hashes are read of all, the rest of these alone."""
    name = "scene" if kind == SCENES else "product"
    rows = LIKENESS[kind].objects.filter(**{f"{name}__vertical": vertical}, looked_at__isnull=False).order_by("pk")
    hashes = rows.filter(phash__isnull=False).values_list("pk", "phash")
    pairs = np.array(list(hashes.iterator(chunk_size=20_000)), np.int64).reshape(-1, 2)
    chosen = resembling(new.hashes[new.hashed], pairs[:, 1].astype(np.uint64), RULES[kind])
    found = rows.filter(pk__in=pairs[chosen, 0].tolist()).values_list("pk", "phash", "vector", "embedder")
    return Pictures.of([(pk, phash, vector if by == embedder else None) for pk, phash, vector, by in found], dim)


def _said_alike(vertical: Vertical, kind: str, keys: Sequence[int]) -> dict[int, set[int]]:
    """The products that the catalogue itself calls variants of one form, or of one photo, for each of these."""
    said = defaultdict[int, set[int]](set)
    if kind == SCENES:
        return said
    for field in ("variant_group", "same_photo_group"):
        mine = dict(Product.objects.filter(pk__in=keys).exclude(**{field: ""}).values_list("pk", field))
        members = defaultdict[str, set[int]](set)
        everyone = Product.objects.filter(vertical=vertical, **{f"{field}__in": set(mine.values())})
        for pk, group in everyone.values_list("pk", field):
            members[group].add(pk)
        for pk, group in mine.items():
            said[pk] |= members[group] - {pk}
    return said


def _names(kind: str, keys: Sequence[int]) -> dict[int, str]:
    """What each would call a group of its own."""
    if kind == SCENES:
        return dict(Scene.objects.filter(pk__in=keys).values_list("pk", "sha256"))
    rows = Product.objects.filter(pk__in=keys).values_list("pk", "variant_group", "external_id")
    return {pk: variants or name for pk, variants, name in rows}


def _fields(look: Look, joined: Joined, embedder: str, now: datetime) -> dict[str, object]:
    return {
        "root_id": joined.group.root,
        "key": joined.group.key,
        "torn": joined.torn,
        "phash": look.phash,
        "vector": look.vector,
        "embedder": embedder,
        "looked_at": now,
    }


def packed(vector: np.typing.NDArray[np.float32]) -> bytes:
    """A vector as it is kept."""
    return vector.astype(np.float16).tobytes()
