"""What does the dataset cost: freezing it, browsing it, each format out and in, and other people's labels coming in?

    .venv/bin/python benchmarks/dataset.py [--quick] [--json] [--seed N] [--peer DIR] [--peer-tasks N]

270,000 pairs over 90,000 scenes and 40,000 products, rows made by SQL, pictures by reference. Each format is written from a
frozen snapshot and read back in a process of its own, once more at a tenth of the size: ``rss_mb`` is the most memory that
either had resident, ``rss_small_mb`` the same at the tenth, ``cpu_us_per_box`` the processor time of writing, without
PostgreSQL's, as the peer's is measured. ``import_seconds`` is a worker's time for a COCO file of 100,000 scenes with three boxes
and products each as proposals, the rows of the scenes included.

With ``--peer`` a folder that starts and measures Label Studio (``setup.sh``, ``bench.py``) exports as many tasks as it is told,
of five boxes with a product each, finished when they are loaded; ``cpu_ratio`` is its processor time a box over ours.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from _figures import tenth
from _formats import passed
from _pairs import Dataset, dataset
from _peer import Peer
from _report import arguments, installation, report, say
from pairs import questions

BOXES, BATCH = 3, 1000


def main() -> None:
    """Make, measure, print."""
    parser = arguments("What the dataset costs.")
    parser.add_argument("--peer", type=Path, help="a folder that starts and measures Label Studio")
    parser.add_argument("--peer-tasks", type=int, default=2_000, help="of five boxes each")
    options = parser.parse_args()
    size, scenes, pages = (5_400, 1_500, 20) if options.quick else (270_000, 100_000, 200)
    with installation() as folder:
        data, small = (of_its_own_pictures(dataset(each, options.seed)) for each in (size, size // 10))
        say(f"{size} pairs are there")
        browsing = browse(data, pages, random.Random(options.seed))
        (snapshot, freezing), (tenth, _) = freeze(data), freeze(small)
        formats = measured(snapshot, tenth, folder)
        say("importing")
        importing = import_labels(data, scenes, folder, options.seed)
    beside = against(options, formats)
    report(
        options, question="What does the dataset cost?", n=size, freeze_seconds=freezing, **browsing, formats=formats,
        **importing, **beside,
    )  # fmt: skip


def of_its_own_pictures(data: Dataset) -> Dataset:
    """Each scene gets the name of a picture, as a real one has."""
    from django.db.models import F, Value
    from django.db.models.functions import Concat

    from labeling.catalog.models import Scene

    named = Concat(Value("images/aa/bb/"), F("sha256"), Value(".jpg"))
    Scene.objects.filter(vertical=data.vertical).update(image=named)
    return data


def browse(data: Dataset, pages: int, draw: random.Random) -> dict[str, float]:
    """Milliseconds of whole pages of pairs over Django's stack, as curators ask for them."""
    from django.test import Client

    from labeling.accounts.models import Role, User

    client = Client()
    client.force_login(User.objects.create(username="cora", role=Role.CURATOR))
    asked = [urlencode({"vertical": data.vertical.slug, **each}) for each in questions(data, pages, draw)]
    client.get(f"/curate/pairs/?{asked[0]}")
    times = []
    for query in asked:
        start = time.perf_counter()
        assert client.get(f"/curate/pairs/?{query}").status_code == 200, query
        times.append((time.perf_counter() - start) * 1000)
    return {
        "page_p95_ms": tenth(times, 95),
        "page_median_ms": round(statistics.median(times), 1),
    }


def freeze(data: Dataset) -> tuple[Any, float]:
    """The snapshot of all that is admitted, and its seconds."""
    from labeling.datasets.services import snapshot_freeze

    start = time.perf_counter()
    snapshot = snapshot_freeze(vertical=data.vertical, licence="cc0-1.0")
    return snapshot, round(time.perf_counter() - start, 2)


def measured(snapshot: Any, tenth: Any, folder: Path) -> dict[str, dict[str, Any]]:
    """Each format out and in."""
    from labeling.datasets.formats import FORMATS

    found = {}
    for name in FORMATS:
        say(name)
        written, back, path = there_and_back(name, snapshot, folder)
        small_written, small_back, _ = there_and_back(name, tenth, folder)
        assert written["boxes"] == back["boxes"] == snapshot.pairs, name
        found[name] = {
            "write_seconds": written["seconds"],
            "read_seconds": back["seconds"],
            "rss_mb": max(written["rss_mb"], back["rss_mb"]),
            "rss_small_mb": max(small_written["rss_mb"], small_back["rss_mb"]),
            "rss_idle_mb": written["idle_mb"],
            "cpu_us_per_box": round(1e6 * written["cpu_seconds"] / snapshot.pairs, 1),
            "read_cpu_us_per_box": round(1e6 * back["cpu_seconds"] / snapshot.pairs, 1),
            "first_byte_ms": written["first_byte_ms"],
            "mb": written["mb"],
        }
        path.unlink()
    return found


def there_and_back(name: str, snapshot: Any, folder: Path) -> tuple[dict[str, Any], dict[str, Any], Path]:
    """One format of one snapshot, written and read."""
    from labeling.datasets.formats import FORMATS

    path = folder / f"pairs.{FORMATS[name].suffix}"
    written = passed(what="write", format=name, path=str(path), snapshot=snapshot.pk)
    return written, passed(what="read", format=name, path=str(path)), path


def import_labels(data: Dataset, scenes: int, folder: Path, seed: int) -> dict[str, Any]:
    """Seconds for so many scenes with boxes and products: their rows, and a COCO file of labels as proposals."""
    from labeling.accounts.models import User
    from labeling.datasets.formats import Dataset as Labels
    from labeling.datasets.formats import format_write
    from labeling.datasets.services import TakenAs, import_queue, import_run

    path = folder / "labels.json"
    slugs = [each.slug for each in data.categories]
    format_write("coco", Labels("theirs", slugs, labelled(data, scenes, random.Random(seed))), path)
    start = time.perf_counter()
    add_scenes(data, scenes)
    added = time.perf_counter() - start
    asked = {"name": path.name, "format_name": "coco", "taken_as": TakenAs.PROPOSALS}
    job = import_queue(vertical=data.vertical, path=path, actor=User.objects.get(username="cora"), **asked)  # type: ignore[arg-type]
    spent = time.process_time()
    import_run(job_id=job.pk)
    seconds = time.perf_counter() - start
    job.refresh_from_db()
    assert job.state == "done", job.message
    assert job.result["scenes_new"] == scenes and job.result["boxes_new"] == scenes * BOXES, job.result
    return {
        "import_seconds": round(seconds, 1),
        "import_scenes": scenes,
        "import_boxes": job.result["boxes_new"],
        "import_rows_of_scenes_seconds": round(added, 1),
        "import_cpu_ms_per_scene": round((time.process_time() - spent) * 1000 / scenes, 2),
    }


def labelled(data: Dataset, scenes: int, draw: random.Random) -> Iterator[Any]:
    """Scenes as somebody else labelled them."""
    from labeling.datasets.formats import ObjectRow, SceneRow
    from models_ml.types import Box

    products = data.pairs * 4 // 27
    for number in range(scenes):
        objects = []
        for _ in range(BOXES):
            left, top = draw.uniform(0, 0.7), draw.uniform(0, 0.7)
            box = Box(left, top, left + draw.uniform(0.05, 0.3), top + draw.uniform(0.05, 0.3))
            product = f"p{draw.randrange(products)}"
            objects.append(ObjectRow(box, draw.choice(data.categories).slug, product, score=draw.random()))
        yield SceneRow("", f"images/cc/dd/{number:064x}.jpg", 1024, 768, tuple(objects))


def add_scenes(data: Dataset, scenes: int) -> None:
    """The rows of the scenes, by the service that imports use; their pictures are by reference."""
    from labeling.catalog.services import NewScene, scenes_add
    from labeling.common.storage import StoredImage

    for first in range(0, scenes, BATCH):
        new = [
            NewScene(f"theirs-{number}", StoredImage(f"images/cc/dd/{number:064x}.jpg", f"{number:064x}", 1024, 768))
            for number in range(first, min(first + BATCH, scenes))
        ]
        assert len(scenes_add(vertical=data.vertical, scenes=new)) == len(new)


def against(options: argparse.Namespace, formats: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The peer's exports and import beside ours; empty, and said aloud, without one."""
    if options.peer is None or not (options.peer / "bench.py").exists():
        say(f"no peer is measured: {options.peer or '--peer'} is no folder with setup.sh and bench.py")
        return {}
    tasks = 200 if options.quick else options.peer_tasks
    peer = Peer(options.peer, tasks, annotated=True)
    try:
        exported = peer.export()
    finally:
        peer.stop()
    boxes = tasks * 5
    costs = {kind: round(1e6 * each["server_cpu_s"] / boxes, 1) for kind, each in exported.items()}
    ours = {"JSON": formats["label-studio"]["cpu_us_per_box"], "COCO": formats["coco"]["cpu_us_per_box"]}
    return {
        "cpu_ratio": {kind: round(costs[kind] / ours[kind], 1) for kind in costs},
        "peer": {
            "name": "Label Studio", "tasks": tasks, "boxes": boxes, "cpu_us_per_box": costs, "export": exported,
            "import_seconds": peer.loaded["seconds"], "import_tasks_per_s": peer.loaded["tasks_per_s"],
            "smaller_because": "at 50,000 tasks its exports take 799 s (JSON) and 910 s (COCO)",
        },
    }  # fmt: skip


if __name__ == "__main__":
    main()
