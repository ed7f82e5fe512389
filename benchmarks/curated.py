"""What are curated pairs worth beside as many of a generic kind? Prints one JSON object as its last line.

    .venv/bin/python benchmarks/curated.py [--quick] [--json] [--seed N] [--pairs N] [--scenes N] [--world FILE.json]
        [--keep DIR]

Both models start from the demo's and learn, for the same number of steps, from N pairs of each kind: ``curated`` by careful
people, ``proposals`` as the models make them with their first product, ``crowd`` by careless and clumsy people one at a time,
``elsewhere`` true pairs of a world of bright rooms with other products. The first three are of the same scenes of a dark
world, in the same order; the catalogue's photos are there for all. Judged are the scenes of the dark world that nobody
touched: ``map`` at IoU 0.5, ``r1`` from true crop to product in its category. ``right`` is the share of a kind's pairs that are
true. Gains are those of ``curated``, with 95 % intervals over scenes drawn anew, the same for both.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from _judge import JUDGES, MODELS, Figure
from _loop import KINDS, Known, School
from _report import arguments, installation, report
from _worlds import few_of_the_demo, world_of

from models_ml.manifest import Manifest
from showroom.people import PEOPLE, Person, overlap, read_world

STYLE, SEED = "home-dark", 501
ELSEWHERE, ELSEWHERE_SEED = "home", 502
CONFIGS = {
    "detector": {"steps": 24, "batch": 8, "learning_rate": 5e-4},
    "embedder": {"steps": 70, "batch": 64, "learning_rate": 1e-3},
}
QUICK = {"detector": {"steps": 1, "batch": 2}, "embedder": {"steps": 1, "batch": 16}}
CAREFUL, NOISY = PEOPLE[:3], PEOPLE[7:11]
NAMES = {"detector": "map", "embedder": "r1"}
ON_IT = 0.5


class Row(NamedTuple):
    """A pair, as a pack holds it; ``image`` is where the scene's picture lies."""

    scene: str
    image: Path
    box: tuple[float, float, float, float]
    category: str
    product: str


def main() -> None:
    """Measure and print."""
    parser = arguments("N curated pairs against N of each generic kind, same budget.")
    parser.add_argument("--scenes", type=int, default=300, help="of the dark world; four in five are to learn from")
    parser.add_argument("--pairs", type=int, default=600)
    parser.add_argument("--world", type=Path, help="the noisy crowd, as a world of people that simulate_campaign takes")
    parser.add_argument("--keep", type=Path, help="an installation to keep, for looking at what came of it")
    options = parser.parse_args()
    crowd = read_world(options.world).people if options.world else NOISY
    if options.quick:
        options.scenes, options.pairs = 16, 24
        world = elsewhere = few_of_the_demo(rivals=2, train=8, test=8)
    else:
        world, elsewhere = world_of(STYLE, SEED, options.scenes), world_of(ELSEWHERE, ELSEWHERE_SEED, 60)
    manifest, configs = Manifest.read(world), QUICK if options.quick else CONFIGS
    with installation(options.keep), tempfile.TemporaryDirectory(prefix="looktag-curated-") as folder:
        lessons = pairs_of_each_kind(world, elsewhere, crowd, options.pairs, options.seed)
        start = {kind: JUDGES[kind](MODELS / kind, manifest) for kind in KINDS}
        figures: dict[str, dict[str, Figure]] = {}
        for name, rows in lessons.items():
            pack = written(Path(folder) / name, rows, [world, elsewhere] if name == "elsewhere" else [world])
            figures[name] = {
                kind: learned(kind, pack, Path(folder) / f"{name}-{kind}", configs[kind], options.seed, manifest)
                for kind in KINDS
            }
            print(name, {NAMES[kind]: each.value for kind, each in figures[name].items()}, file=sys.stderr, flush=True)
    known = Known.read(world)
    report(
        options,
        question="What are curated pairs worth beside as many of a generic kind?",
        n=options.pairs,
        scenes=options.scenes,
        test_scenes=len(manifest.part("test").scenes),
        training=configs,
        start={NAMES[kind]: figure.value for kind, figure in start.items()},
        kinds={
            name: {
                "pairs": len(rows),
                "right": None if name == "elsewhere" else right_share(rows, known),
                **{NAMES[kind]: figures[name][kind].value for kind in KINDS},
            }
            for name, rows in lessons.items()
        },
        curated_over={
            name: {NAMES[kind]: figures["curated"][kind].over(others[kind]) for kind in KINDS}
            for name, others in {"start": start, **figures}.items()
            if name != "curated"
        },
    )


def pairs_of_each_kind(
    world: Path, elsewhere: Path, crowd: Sequence[Person], count: int, seed: int
) -> dict[str, list[Row]]:
    """So many pairs of each kind; fewer only where the scenes hold no more."""
    known = Known.read(world)
    careful, noisy = (
        School(slug, world, known, people, seed) for slug, people in (("careful", CAREFUL), ("crowd", crowd))
    )
    # A scene makes five pairs at the least.
    careful.propose(count // 5)
    noisy.propose(count // 5)
    order = careful.untouched()
    raw = as_proposed(order)
    return {
        "curated": list(islice(as_confirmed(careful, count), count)),
        "proposals": raw[:count],
        "crowd": list(islice(as_confirmed(noisy, count), count)),
        "elsewhere": as_known(elsewhere)[:count],
    }


def as_confirmed(school: School, count: int) -> Any:
    """Pairs that a school's people make of its scenes, in the order of their work."""
    from labeling.datasets.models import Pair

    campaign = school.campaign("Pairs", "arrival")
    while Pair.objects.filter(vertical=school.vertical).count() < count:
        if not school.work(campaign, 1).decisions:
            break
    pairs = Pair.objects.filter(vertical=school.vertical, withdrawn_at=None).order_by("pk")
    for pair in pairs.select_related("scene", "category", "product__category"):
        category = pair.category or pair.product.category
        yield Row(pair.scene.external_id, _stored(pair.scene), tuple(pair.box), category.slug, pair.product.external_id)


def as_proposed(scenes: Sequence[Any]) -> list[Row]:
    """What the live models propose for these scenes, each object with its first product."""
    from labeling.inference.models import Candidate

    rows = []
    for scene in scenes:
        firsts = Candidate.objects.filter(rank=1, proposal__scene=scene, proposal__category__isnull=False)
        for first in firsts.select_related("proposal__category", "product").order_by("proposal__position"):
            found = first.proposal
            product = first.product.external_id
            rows.append(Row(scene.external_id, _stored(scene), tuple(found.box), found.category.slug, product))
    return rows


def as_known(pack: Path) -> list[Row]:
    """The true pairs of a pack's scenes to learn from."""
    return [
        Row(scene.id, scene.image, tuple(item.box), item.category, item.product)
        for scene in Manifest.read(pack).part("train").scenes
        for item in scene.objects
        if item.product is not None and (item.visible is None or item.visible >= 0.3)
    ]


def written(out: Path, rows: Sequence[Row], packs: Sequence[Path]) -> Path:
    """A pack of these pairs, with the products of the packs and, for the run's own report, a test scene of the first."""
    (out / "images").mkdir(parents=True)
    for number, pack in enumerate(packs):
        (out / f"images/{number}").symlink_to(pack / "images")
    (out / "categories.json").write_bytes((packs[0] / "categories.json").read_bytes())
    products = {}
    for number, pack in enumerate(packs):
        for row in map(json.loads, (pack / "products.jsonl").read_text(encoding="utf-8").splitlines()):
            inside = row["image"].removeprefix("images/")
            products.setdefault(row["id"], {**row, "image": f"images/{number}/{inside}"})
    scenes: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row.scene not in scenes:
            (out / f"images/{row.scene}.jpg").symlink_to(row.image)
            scenes[row.scene] = {"id": row.scene, "image": f"images/{row.scene}.jpg", "split": "train", "objects": []}
        told = {"box": list(row.box), "category": row.category, "product": row.product}
        scenes[row.scene]["objects"].append(told)
    test = next(
        row
        for row in map(json.loads, (packs[0] / "scenes.jsonl").read_text(encoding="utf-8").splitlines())
        if row["split"] == "test" and row["objects"]
    )
    test["image"] = f"images/0/{test['image'].removeprefix('images/')}"
    for name, lines in (("products", products.values()), ("scenes", [*scenes.values(), test])):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (out / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return out


def learned(kind: str, pack: Path, out: Path, config: dict[str, float], seed: int, judged_on: Manifest) -> Figure:
    """What a model of a kind reaches after the training that a queued run does."""
    from labeling.training.runs import execute

    outcome = execute(
        kind=kind, pack=pack, out=out, config=config, seed=seed, live=MODELS / kind,
        on_progress=lambda progress: None, should_stop=lambda: False,
    )  # fmt: skip
    return JUDGES[kind](outcome.checkpoint, judged_on)


def right_share(rows: Sequence[Row], known: Known) -> float:
    """The share of pairs that stand on an object of that product."""

    def is_right(row: Row) -> bool:
        return any(
            thing.product == row.product and overlap(thing.box, row.box) >= ON_IT for thing in known.things[row.scene]
        )

    return round(sum(map(is_right, rows)) / len(rows), 4) if rows else 0.0


def _stored(scene: Any) -> Path:
    from django.conf import settings

    return Path(settings.MEDIA_ROOT).resolve() / scene.image


if __name__ == "__main__":
    main()
