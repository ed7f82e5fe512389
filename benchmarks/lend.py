"""What does handing out the next scene cost, and how does it grow with the backlog?

    .venv/bin/python benchmarks/lend.py [--quick] [--json]

Ours is one statement on a partial index. The baseline is how a widely used labeling tool finds the next task in sequential
order: it counts the answers of every unfinished task (overlap above 1), reads all their ids into Python, then tries to lock
one after the other. Both run on the same rows of the same PostgreSQL; figures are medians in milliseconds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from _report import arguments, installation, report


def main() -> None:
    """Measure and print."""
    options = arguments("Handing out the next scene.").parse_args()
    sizes = [1_000, 10_000] if options.quick else [1_000, 10_000, 100_000]
    rounds = 15 if options.quick else 50
    with installation():
        figures = {str(size): measure(size, rounds) for size in sizes}
    largest = figures[str(sizes[-1])]
    report(
        options,
        question="What does handing out the next scene cost?",
        n=rounds,
        median_ms=figures,
        times_faster=round(largest["baseline"] / largest["ours"], 1),
    )


def measure(size: int, rounds: int) -> dict[str, float]:
    """Median milliseconds of both on a backlog of ``size`` scenes with overlap 2."""
    from django.db import connection

    from labeling.annotation.services import assignment_lend

    campaign, people = backlog(size)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    people_of_ours, people_of_theirs = iter(people[:rounds]), iter(people[rounds:])
    return {
        "ours": median(
            lambda: assignment_lend(annotator=next(people_of_ours), campaign_id=campaign.pk, want=1), rounds
        ),
        "baseline": median(lambda: count_then_lock(next(people_of_theirs), campaign), rounds),
    }


def backlog(size: int) -> tuple[object, list[object]]:
    """A campaign over ``size`` scenes with two seats each, a third of them half done, and people enough."""
    from labeling.accounts.models import User
    from labeling.annotation.models import Assignment, Campaign
    from labeling.catalog.models import Scene, Vertical

    vertical = Vertical.objects.create(slug=f"v{size}", name=f"{size} scenes")
    campaign = Campaign.objects.create(vertical=vertical, name="bench", overlap=2)
    scenes = Scene.objects.bulk_create(
        [
            Scene(vertical=vertical, external_id=str(k), image="x", sha256=f"{size}-{k}", width=1, height=1)
            for k in range(size)
        ],
        batch_size=5000,
    )
    people = User.objects.bulk_create([User(username=f"p{size}-{k}") for k in range(200)])
    Assignment.objects.bulk_create(
        [
            Assignment(
                campaign=campaign,
                scene=scene,
                slot=slot,
                state="submitted" if half_done else "waiting",
                annotator=people[-1] if half_done else None,
            )
            for k, scene in enumerate(scenes)
            for slot in range(2)
            for half_done in [slot == 0 and k % 3 == 0]
        ],
        batch_size=5000,
    )
    return campaign, list(people)


def count_then_lock(person: object, campaign: object) -> int | None:
    """The baseline: count answers per unfinished scene, read every id, try one after the other."""
    from django.db import connection, transaction

    counts = """SELECT scene_id FROM annotation_assignment WHERE campaign_id = %(campaign)s
                GROUP BY scene_id HAVING count(*) FILTER (WHERE state = 'waiting') > 0
                   AND count(*) FILTER (WHERE annotator_id = %(person)s) = 0
                ORDER BY count(*) FILTER (WHERE state = 'submitted') DESC, scene_id"""
    names = {"campaign": campaign.pk, "person": person.pk}  # type: ignore[attr-defined]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(counts, names)
        for (scene,) in cursor.fetchall():
            cursor.execute(
                """SELECT id FROM annotation_assignment WHERE campaign_id = %(campaign)s AND scene_id = %(scene)s
                   AND state = 'waiting' AND annotator_id IS NULL LIMIT 1 FOR UPDATE SKIP LOCKED""",
                {**names, "scene": scene},
            )
            if row := cursor.fetchone():
                cursor.execute(
                    """UPDATE annotation_assignment SET annotator_id = %(person)s, token = gen_random_uuid(),
                       leased_until = now() + interval '10 minutes' WHERE id = %(id)s""",
                    {**names, "id": row[0]},
                )
                return int(row[0])
    return None


def median(call: Callable[[], object], rounds: int) -> float:
    """The median milliseconds of ``rounds`` calls."""
    spent = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        spent.append((time.perf_counter() - start) * 1000)
    return round(statistics.median(spent), 3)


if __name__ == "__main__":
    main()
