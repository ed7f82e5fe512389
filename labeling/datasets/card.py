"""The dataset card of a snapshot: what is in it, how it was made and what it is not, as a README in Markdown. Pure.

The head is the YAML that Hugging Face's hub reads (https://huggingface.co/docs/hub/datasets-cards).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

UNSAID = "unknown"
SPLITS = ("train", "val", "test")
SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a card tells beyond the figures. ``unseen`` counts scenes and products nobody looked at for likeness."""

    vertical: str
    number: int
    content_hash: str
    frozen_at: datetime
    licence: str
    note: str
    left_out: int
    unseen: Mapping[str, int]


def card_of(facts: Facts, statistics: Mapping[str, Any]) -> str:
    """The text of a card. ``statistics`` are those of :func:`~labeling.datasets.selectors.snapshot_statistics`."""
    name = f"{facts.vertical} scene-product pairs, snapshot {facts.number}"
    size = next((label for most, label in SIZES if statistics["pairs"] < most), "10M<n<100M")
    parts = [
        "---",
        f"pretty_name: {_quoted(name)}",
        f"license: {_quoted(facts.licence or UNSAID)}",
        "task_categories: [object-detection, image-feature-extraction]",
        f"size_categories: [{_quoted(size)}]",
        "---",
        "",
        f"# {name}",
        "",
        *([facts.note, ""] if facts.note else []),
        "Each pair says that people confirmed an object of a scene photo, in its box, to be a product of the catalogue: the"
        " very same one (`exact`) or one that would do as well (`similar`).",
        "",
        f"- Content hash (sha256): `{facts.content_hash}`",
        f"- Frozen: {facts.frozen_at:%Y-%m-%d %H:%M} UTC",
        f"- Licence: {facts.licence or 'none was stated; ask whoever holds the rights before you pass it on'}",
        "",
        "## What is in it",
        "",
        *_table(("", "count"), [("pairs", statistics["pairs"]), *((n, statistics[n]) for n in ("scenes", "products"))]),
        "",
        *_table(
            ("grade", "pairs"),
            list(statistics["grades"].items()),
        ),
        "",
        *_table(("confirmed by", "pairs"), list(statistics["sources"].items())),
        "",
        "## Splits",
        "",
        *_table(("split", "pairs"), [(split, statistics["splits"].get(split, 0)) for split in SPLITS]),
        "",
        "A scene's split is a function of its group, the scenes that look alike, and never changes when data is added. For an"
        f" embedder, {statistics['product_splits'].get('test', 0)} pairs are of products that it never learns from: those"
        " whose group of variants and look-alikes falls into the test part.",
        "",
        "## Categories",
        "",
        *_table(
            ("category", *SPLITS),
            [(slug, *(counts.get(split, 0) for split in SPLITS)) for slug, counts in statistics["categories"].items()],
        ),
        "",
        "## Where the scenes come from",
        "",
        *_table(("domain", "pairs"), [(domain or "(none)", count) for domain, count in statistics["domains"]]),
        "",
        "## Known limits",
        "",
        *(f"- {limit}" for limit in _limits(facts, statistics)),
        "",
    ]
    return "\n".join(parts)


def _limits(facts: Facts, statistics: Mapping[str, Any]) -> list[str]:
    pairs = max(statistics["pairs"], 1)
    limits = [
        "Objects without a pair are not background: a scene is confirmed object by object, and what has no match in the"
        " catalogue, or was not judged yet, stands in none.",
        "Proposals came from a model and people corrected them, so what the model never proposes is rarer than it is.",
    ]
    scarce = [slug for slug, counts in statistics["categories"].items() if sum(counts.values()) < 30]
    if scarce:
        limits.append(f"Fewer than 30 pairs: {', '.join(scarce)}. Figures of these categories are noise.")
    empty = [split for split in SPLITS if not statistics["splits"].get(split)]
    if empty:
        limits.append(f"No pair fell into: {', '.join(empty)}. Freeze more before you judge a model on it.")
    if statistics["small_boxes"]:
        share = statistics["small_boxes"] / pairs
        limits.append(f"{share:.1%} of the boxes cover less than a hundredth of their picture.")
    if statistics["domains"] and statistics["domains"][0][1] > 0.5 * pairs:
        limits.append(f"More than half of the pairs come from one place: {statistics['domains'][0][0] or '(none)'}.")
    if facts.left_out:
        limits.append(
            f"{facts.left_out} confirmed pairs were left out: they look like pictures on both sides of a split."
        )
    unseen = [f"{count} {what}" for what, count in facts.unseen.items() if count]
    if unseen:
        limits.append(f"Not yet looked at for near-duplicates: {' and '.join(unseen)}.")
    return limits


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in lines]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
