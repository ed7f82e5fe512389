"""How long does a curator wait for a page of pairs, whatever is asked for, and does it grow with the dataset?

    .venv/bin/python benchmarks/pairs.py [--quick] [--json] [--seed N] [--pairs N] [--pages N]

At 270,000 pairs and at ten times as many, whole pages over Django's stack, template included: each filter alone, two to four of
them at once, and pages far back. The baseline is how such a page is usually made: all conditions in one WHERE, a count of what
fits, and OFFSET for the page. Figures are milliseconds; then the time to freeze 270,000 pairs into a snapshot.
"""

from __future__ import annotations

import random
import re
import statistics
import time
from functools import partial
from typing import Any
from urllib.parse import urlencode

from _figures import tenth
from _pairs import Dataset, dataset
from _report import arguments, installation, report

FROZEN = 270_000
"""Pairs of the largest dataset that is frozen."""
DEEP = 6
"""Pages that are turned behind a first one."""


def main() -> None:
    """Measure and print."""
    parser = arguments("Pages of pairs.")
    parser.add_argument(
        "--pairs", type=int, default=270_000, help="of the smaller dataset; the larger has ten times as many"
    )
    parser.add_argument("--pages", type=int, default=250, help="questions asked of each")
    options = parser.parse_args()
    sizes, pages = ([9_000, 27_000], 40) if options.quick else ([options.pairs, 10 * options.pairs], options.pages)
    with installation():
        from labeling.accounts.models import Role, User

        curator = User.objects.create(username="cora", role=Role.CURATOR)
        made: dict[int, dict[str, Any]] = {}
        for size in sizes:
            data = dataset(size, options.seed)
            made[size] = measure(data, curator, pages, random.Random(options.seed))
            if size <= FROZEN:
                freezing = freeze(data)
    report(
        options,
        question="How long does a curator wait for a page of pairs, whatever is asked for?",
        n=pages,
        page_p95_ms={str(size): made[size]["page_p95_ms"] for size in sizes},
        grows=round(made[sizes[1]]["page_p95_ms"] / made[sizes[0]]["page_p95_ms"], 2),
        sizes={str(size): made[size] for size in sizes},
        freeze=freezing,
    )


def measure(data: Dataset, curator: Any, pages: int, draw: random.Random) -> dict[str, Any]:
    """Milliseconds of whole pages by kind of question, and of the selector alone beside the usual way."""
    from django.test import Client

    from labeling.datasets.selectors import pairs_found

    client = Client()
    client.force_login(curator)
    ours: list[float] = []
    worked: list[float] = []
    kinds: dict[str, list[float]] = {}
    empty = stopped = 0
    client.get("/curate/pairs/", {"vertical": data.vertical.slug})
    for asked in questions(data, pages, draw):
        query = {"vertical": data.vertical.slug, **asked}
        for _ in range(DEEP if draw.random() < 0.2 else 1):
            begun = time.process_time()
            spent, answer = timed(partial(client.get, f"/curate/pairs/?{urlencode(query)}"))
            worked.append((time.process_time() - begun) * 1000)
            page = answer.content.decode()
            assert answer.status_code == 200 and "Mend what is marked" not in page, query
            empty, stopped = empty + ('name="pair"' not in page), stopped + ("Look further back" in page)
            ours.append(spent)
            kinds.setdefault("+".join(sorted(asked)) if len(asked) < 2 else f"{len(asked)} at once", []).append(spent)
            following = re.search(r'before=(\d+)" rel="next"', page)
            if following is None:
                break
            query["before"] = following[1]
    wanted = [form(data, asked, curator) for asked in questions(data, pages // 4, draw)]
    usual = [timed(partial(usual_way, each))[0] for each in wanted]
    selector = [timed(partial(pairs_found, each, before=None, size=30))[0] for each in wanted]
    return {
        "pages": len(ours),
        "page_median_ms": round(statistics.median(ours), 1),
        "page_p95_ms": tenth(ours, 95),
        "page_worst_ms": round(max(ours), 1),
        "page_web_cpu_median_ms": round(statistics.median(worked), 1),
        "by_kind_p95_ms": {name: tenth(times, 95) for name, times in sorted(kinds.items())},
        "empty": empty,
        "stopped_looking": stopped,
        "selector_p95_ms": tenth(selector, 95),
        "usual_way_p95_ms": tenth(usual, 95),
    }


def questions(data: Dataset, count: int, draw: random.Random) -> list[dict[str, str]]:
    """What curators ask: one filter most of the time, else two to four; values are popular or rare alike."""

    def one(name: str) -> dict[str, str]:
        day = draw.randrange(730)
        return {
            "q": lambda: {"q": draw.choice([f"p{draw.randrange(data.pairs * 4 // 27)}", f"w{draw.randrange(2000)}", "oak"])},
            "scene": lambda: {"q": f"s{draw.randrange(data.pairs // 3)}"},
            "category": lambda: {"category": draw.choice(data.categories).slug},
            "brand": lambda: {"brand": draw.choice(data.brands).name},
            "person": lambda: {"person": draw.choice(data.people).username},
            "domain": lambda: {"domain": f"d{draw.randrange(500)}.example"},
            "grade": lambda: {"grade": draw.choice(["exact", "similar"])},
            "source": lambda: {"source": draw.choice(["brand", "annotators"])},
            "since": lambda: {"since": moment(day)},
            "until": lambda: {"until": moment(day)},
            "agreement": lambda: {"agreement_to": f"{draw.choice([0.501, 0.6, 0.99])}"},
            "score": lambda: {"score_to": f"{draw.choice([-0.999, -0.9, 0.2])}"},
            "withdrawn": lambda: {"withdrawn": "1"},
        }[name]()  # fmt: skip

    names = [
        "q",
        "scene",
        "category",
        "brand",
        "person",
        "domain",
        "grade",
        "source",
        "since",
        "until",
        "agreement",
        "score",
        "withdrawn",
    ]
    asked: list[dict[str, str]] = [{}]
    for at in range(count - 1):
        together = 1 if at % 2 else draw.choice([2, 2, 3, 4])
        picked = [names[at // 2 % len(names)]] if together == 1 else draw.sample(names, together)
        asked.append({key: value for name in picked for key, value in one(name).items()})
    return asked


def moment(day: int) -> str:
    """A day of the two years, as a date field writes it."""
    import datetime as dt

    return (dt.date(2024, 1, 1) + dt.timedelta(days=day)).isoformat()


def form(data: Dataset, asked: dict[str, str], curator: Any) -> Any:
    """The question as the selectors take it."""
    from labeling.web.curate.pair_filter import PairFilter

    read = PairFilter(vertical=data.vertical, person=curator, data=asked)
    assert read.is_valid(), read.errors
    return read.wanted(withdrawn="withdrawn" in asked)


def usual_way(wanted: Any) -> list[int]:
    """One WHERE over the rows that the facts come from, a count of all that fit, and the first page by offset."""
    from labeling.datasets.models import Pair

    names = {
        "category": "product__category", "brand": "product__brand", "person": "voices__person", "domain": "domain",
        "grade": "grade", "source": "source", "since": "created_at__gte", "until": "created_at__lt",
        "agreement_from": "agreement__gte", "agreement_to": "agreement__lte", "score_from": "score__gte",
        "score_to": "score__lte", "products": "product__in", "scenes": "scene__in",
    }  # fmt: skip
    given = {path: getattr(wanted, name) for name, path in names.items() if getattr(wanted, name) not in (None, "")}
    pairs = Pair.objects.filter(vertical=wanted.vertical, withdrawn_at__isnull=not wanted.withdrawn, **given)
    pairs.count()
    return list(pairs.order_by("-created_at", "-id").values_list("id", flat=True)[:30])


def freeze(data: Dataset) -> dict[str, Any]:
    """Seconds to freeze all admitted pairs, to verify the snapshot, and to compare it with the next."""
    from labeling.datasets.selectors import rows_changed, snapshot_verify
    from labeling.datasets.services import snapshot_freeze

    seconds, first = timed(lambda: snapshot_freeze(vertical=data.vertical, licence="cc0-1.0"))
    verify, _ = timed(lambda: snapshot_verify(snapshot=first))
    again, second = timed(lambda: snapshot_freeze(vertical=data.vertical))
    assert first.content_hash == second.content_hash
    differ, changes = timed(lambda: rows_changed(old=first, new=second))
    assert (changes.added, changes.removed, changes.changed) == (0, 0, 0)
    return {
        "pairs": first.pairs,
        "freeze_seconds": round(seconds / 1000, 2),
        "freeze_again_seconds": round(again / 1000, 2),
        "verify_seconds": round(verify / 1000, 2),
        "compare_seconds": round(differ / 1000, 2),
    }


def timed(call: Any) -> tuple[float, Any]:
    """Milliseconds, and the answer."""
    start = time.perf_counter()
    answer = call()
    return (time.perf_counter() - start) * 1000, answer


if __name__ == "__main__":
    main()
