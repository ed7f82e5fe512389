"""What are curated pairs worth beside as many of a generic kind? Prints one JSON object as its last line.

    .venv/bin/python benchmarks/curated.py [--quick] [--json] [--seed N] [--pairs N] [--scenes N] [--world FILE.json]
        [--keep DIR]

Both models start from the demo's and learn, for the same number of steps, from N pairs of each kind: ``curated`` by careful
people, ``proposals`` as the models make them with their first product, ``crowd`` by careless and clumsy people one at a time,
``elsewhere`` true pairs of a world of bright rooms with other products. The first three are of the same scenes of a dark
world, in the same order; the catalogue's photos are there for all. With the pairs goes what a snapshot says of their scenes:
people, careful or not, looked at the whole of each, so that what they left is background, and passed over what else was shown;
elsewhere all is true, and at proposals nobody looked. Judged are the scenes of the dark world that nobody
touched: ``map`` at IoU 0.5, ``r1`` from true crop to product in its category. ``right`` is the share of a kind's pairs that are
true. Gains are those of ``curated``, with 95 % intervals over scenes drawn anew, the same for both.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    "detector": {"steps": 32, "batch": 8},
    "embedder": {"steps": 100, "batch": 64},
}
QUICK = {"detector": {"steps": 1, "batch": 2}, "embedder": {"steps": 1, "batch": 16}}
CAREFUL, NOISY = PEOPLE[:3], PEOPLE[7:11]
NAMES = {"detector": "map", "embedder": "r1"}
ON_IT = 0.5
CLEAR = 0.3
WHOLE = [0.0, 0.0, 1.0, 1.0]


class Row(NamedTuple):
    """A pair, as a pack holds it; ``image`` is where the scene's picture lies, ``rejected`` what was passed over for it."""

    scene: str
    image: Path
    box: tuple[float, float, float, float]
    category: str
    product: str
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lot:
    """Pairs of a kind, and the scenes of them that were looked at whole: each with what may be anything in it."""

    rows: list[Row]
    unclear: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)


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
        for name, lot in lessons.items():
            pack = written(Path(folder) / name, lot, [world, elsewhere] if name == "elsewhere" else [world])
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
                "pairs": len(lot.rows),
                "right": None if name == "elsewhere" else right_share(lot.rows, known),
                **{NAMES[kind]: figures[name][kind].value for kind in KINDS},
            }
            for name, lot in lessons.items()
        },
        curated_over={
            name: {NAMES[kind]: figures["curated"][kind].over(others[kind]) for kind in KINDS}
            for name, others in {"start": start, **figures}.items()
            if name != "curated"
        },
    )


def pairs_of_each_kind(world: Path, elsewhere: Path, crowd: Sequence[Person], count: int, seed: int) -> dict[str, Lot]:
    """So many pairs of each kind; fewer only where the scenes hold no more."""
    known = Known.read(world)
    careful, noisy = (
        School(slug, world, known, people, seed) for slug, people in (("careful", CAREFUL), ("crowd", crowd))
    )
    # A scene makes five pairs at the least.
    careful.propose(count // 5)
    noisy.propose(count // 5)
    raw = as_proposed(careful.untouched())
    return {
        "curated": as_confirmed(careful, count),
        "proposals": Lot(raw[:count]),
        "crowd": as_confirmed(noisy, count),
        "elsewhere": as_known(elsewhere, count),
    }


def as_confirmed(school: School, count: int) -> Lot:
    """Pairs that a school's people make of its scenes, in the order of their work, with all that a snapshot says of them."""
    from labeling.datasets.models import Pair
    from labeling.datasets.selectors import products_refused, scenes_whole, snapshot_rows
    from labeling.datasets.services import snapshot_freeze

    campaign = school.campaign("Pairs", "arrival")
    while Pair.objects.filter(vertical=school.vertical).count() < count:
        if not school.work(campaign, 1).decisions:
            break
    snapshot = snapshot_freeze(vertical=school.vertical)
    frozen = list(snapshot_rows(snapshot=snapshot).order_by("pair"))
    refused = products_refused(rows=frozen)
    rows = [
        Row(
            row.scene.external_id,
            _stored(row.scene),
            tuple(row.box),
            (row.category or row.product.category).slug,
            row.product.external_id,
            tuple(refused.get(row.pk, ())),
        )
        for row in frozen
    ]
    names = {row.scene_id: row.scene.external_id for row in frozen[:count]}
    unclear = {
        names[pk]: [_unclear(each.box, each.category) for each in unpaired]
        for pk, unpaired in scenes_whole(snapshot=snapshot, scenes=names).items()
    }
    # Of the last scene some pairs are one too many: they are no background.
    for row in rows[count:]:
        if row.scene in unclear:
            unclear[row.scene].append(_unclear(row.box, row.category))
    return Lot(rows[:count], unclear)


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


def as_known(pack: Path, count: int) -> Lot:
    """The true pairs of a pack's scenes to learn from; what is hardly to be seen is none."""
    rows: list[Row] = []
    unclear: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for scene in Manifest.read(pack).part("train").scenes:
        if len(rows) >= count:
            break
        unclear[scene.id] = []
        for item in scene.objects:
            if item.product is not None and (item.visible is None or item.visible >= CLEAR) and len(rows) < count:
                rows.append(Row(scene.id, scene.image, tuple(item.box), item.category, item.product))
            else:
                unclear[scene.id].append(_unclear(item.box, item.category))
    return Lot(rows, unclear)


def _unclear(box: Sequence[float], category: str) -> dict[str, Any]:
    return {"box": list(box), "category": category, "ignore": True}


def written(out: Path, lot: Lot, packs: Sequence[Path]) -> Path:
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
    for row in lot.rows:
        if row.scene not in scenes:
            (out / f"images/{row.scene}.jpg").symlink_to(row.image)
            looked = {"checked": [WHOLE]} if row.scene in lot.unclear else {}
            objects = list(lot.unclear.get(row.scene, []))
            scenes[row.scene] = {
                "id": row.scene, "image": f"images/{row.scene}.jpg", "split": "train", "objects": objects, **looked,
            }  # fmt: skip
        told = {"box": list(row.box), "category": row.category, "product": row.product}
        scenes[row.scene]["objects"].append(told | ({"rejected": list(row.rejected)} if row.rejected else {}))
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
