"""How much faster does a worker look at scenes than torchvision does, at equal findings?

    .venv/bin/python benchmarks/pipeline.py [--quick] [--json] [--pack DIR] [--enlarge 3] [--threads 1]

Ours is the worker's path: scenes decoded in chunks of four no larger than needed, the detector and all crops of a chunk run by
the fastest runtime of the machine, each crop searched in its category. The baseline takes the same weights, threads and input
sizes scene by scene: PIL's full decode, torchvision's own ``FasterRCNN.forward`` in eager float32, one eager forward for the
scene's crops, one exact FAISS search a box. Both are warm and take turns, chunk by chunk, in one process.

``speedup`` is the ratio of scenes a second of processor time, which other work on the machine disturbs less than wall time
(``speedup_wall``). ``map_delta`` and ``recall_delta`` are ours less the baseline's on the scenes timed: COCO mAP, and recall@9
of the true product among objects found. ``--enlarge`` blows the pictures up first, to the size of what a camera gives.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import faiss
import numpy as np
import torch
from _figures import peak_mib, resident_mib
from _report import ROOT, arguments, report
from _worker_baseline import Baseline, Seen
from _worker_paths import CANDIDATES, Ours, Theirs
from PIL import Image

from models_ml.data import is_clear
from models_ml.detection import Detector
from models_ml.embedding import Embedder, PartedEmbedder
from models_ml.images import open_image
from models_ml.index import CategoryIndexes, Tuning
from models_ml.manifest import Manifest, SceneEntry
from models_ml.metrics import mean_average_precision
from models_ml.parted_detector import PartedDetector
from models_ml.pipeline import Pipeline, limit_threads
from models_ml.pipeline_metrics import TruthObject, pipeline_metrics
from models_ml.retrieval_metrics import embed_catalogue, right_products
from models_ml.runtimes import Runtime, available
from models_ml.types import Box, Detection, Vectors

CHUNK = 4
IOUS = [0.5 + 0.05 * step for step in range(10)]


def main() -> None:
    """Measure and print."""
    parser = arguments("The worker's path against torchvision's forward.")
    parser.add_argument("--pack", type=Path, default=ROOT / "showroom" / "pack")
    parser.add_argument("--models", type=Path, default=ROOT / "showroom" / "checkpoints")
    parser.add_argument("--split", default="test")
    parser.add_argument("--scenes", type=int, help="how many are timed")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--enlarge", type=float, default=1.0, help="scale the pictures by this first")
    options = parser.parse_args()
    limit_threads(options.threads)
    options.scenes = options.scenes or (8 if options.quick else 64)
    with TemporaryDirectory(prefix="looktag-bench-") as folder:
        measure(options, Path(folder))


def measure(options: argparse.Namespace, folder: Path) -> None:
    """All questions on one world."""
    manifest = Manifest.read(options.pack)
    scenes = [scene for scene in manifest.scenes if scene.split == options.split][: options.scenes]
    paths = [enlarged(scene, options.enlarge, folder) for scene in scenes]
    memory = {"start": round(resident_mib())}
    baseline, indexes, vectors = references(options.models, manifest)
    memory["with eager models"] = round(resident_mib())
    paths_taken: dict[str, Ours | Theirs] = {"baseline": Theirs(baseline)}
    for runtime in available(threads=options.threads):
        name = "bfloat16" if "bfloat16" in runtime.name else "float32"
        paths_taken[name] = Ours(accelerated(options.models, runtime, folder), indexes)
        memory[f"with {name} as well"] = round(resident_mib())
    if len(paths_taken) == 1:
        raise SystemExit("No runtime but PyTorch is here. Install one: pip install openvino.")
    seconds, seen = take_turns(paths_taken, paths, 1 if options.quick else options.rounds)
    memory["at most"] = round(peak_mib())
    ours = [name for name in paths_taken if name != "baseline"]
    judged = {name: judge(manifest, scenes, seen[name]) for name in paths_taken}
    sizes = [1_000, 10_000, 100_000] if options.quick else [1_000, 10_000, 100_000, 1_000_000]
    looks = len(paths) * (1 if options.quick else options.rounds)
    report(
        options,
        question="How much faster does a worker look at scenes than torchvision does, at equal findings?",
        n=len(scenes),
        speedup={name: ratio(seconds, name, "cpu") for name in ours},
        speedup_wall={name: ratio(seconds, name, "wall") for name in ours},
        map_delta={name: round(judged[name][0] - judged["baseline"][0], 4) for name in ours},
        recall_delta={name: round(judged[name][1] - judged["baseline"][1], 4) for name in ours},
        reached={name: [round(figure, 4) for figure in figures] for name, figures in judged.items()},
        scenes_per_second={name: round(looks / spent["cpu"], 2) for name, spent in seconds.items()},
        stages_ms={name: path.clock.per_scene(looks) for name, path in paths_taken.items()},
        boxes_per_scene=round(float(np.mean([len(item.detections) for item in seen["baseline"]])), 1),
        ms_by_boxes=by_boxes(paths_taken, paths[0]),
        search_ms_by_products=by_products(sizes, vectors.shape[1], options.seed),
        memory_mib=memory,
        picture=list(Image.open(paths[0]).size),
        threads=options.threads,
        gpu=torch.cuda.is_available(),
    )


def enlarged(scene: SceneEntry, factor: float, folder: Path) -> Path:
    """The scene's picture, or a JPEG of it ``factor`` times as large."""
    if factor == 1:
        return scene.image
    image = open_image(scene.image)
    path = folder / f"{scene.image.stem}.jpg"
    size = round(image.width * factor), round(image.height * factor)
    image.resize(size, Image.Resampling.BICUBIC).save(path, quality=90)
    return path


def references(models: Path, manifest: Manifest) -> tuple[Baseline, CategoryIndexes, Vectors]:
    """The baseline, and the index of the catalogue that both search, made by eager PyTorch."""
    categories = [product.category for product in manifest.products]
    eager = Baseline(models / "detector", models / "embedder", np.zeros((0, 1), np.float32), [])
    vectors = embed_catalogue(eager.embedder, manifest)
    indexes = CategoryIndexes(eager.embedder.dim, eager.embedder.fingerprint)
    for name in sorted(set(categories)):
        ids = [place for place, other in enumerate(categories) if other == name]
        indexes.add(name, ids, vectors[ids])
    return Baseline(models / "detector", models / "embedder", vectors, categories), indexes, vectors


def accelerated(models: Path, runtime: Runtime, folder: Path) -> Pipeline:
    """The pipeline on ``runtime``, let through without the gate: whether it finds the same is what is measured here."""
    detector, embedder = Detector.load(models / "detector"), Embedder.load(models / "embedder")
    network = PartedDetector(detector.model, runtime, folder, side=detector.config.image_side)
    example = torch.zeros((2, embedder.config.side, embedder.config.side, 3), dtype=torch.uint8)
    vectors = runtime.compile(PartedEmbedder(embedder.model), example, (0,), folder / "embedder")
    return Pipeline(
        Detector(detector.model, detector.config, device=runtime.device, network=network),
        Embedder(embedder.model, embedder.config, "", device=runtime.device, network=vectors),
    )


def take_turns(
    paths_taken: dict[str, Ours | Theirs], scenes: Sequence[Path], rounds: int
) -> tuple[dict[str, dict[str, float]], dict[str, list[Seen]]]:
    """Seconds each needs for all scenes in all rounds, chunk by chunk in turn, and what each saw."""
    chunks = [scenes[start : start + CHUNK] for start in range(0, len(scenes), CHUNK)]
    for path in paths_taken.values():
        # A worker has met every size of batch before long.
        for chunk in chunks:
            path.look(chunk)
        path.clock.spent.clear()
    seconds: dict[str, dict[str, float]] = {name: {"cpu": 0.0, "wall": 0.0} for name in paths_taken}
    seen: dict[str, list[Seen]] = {}
    for _ in range(rounds):
        seen = {name: [] for name in paths_taken}
        for number, chunk in enumerate(chunks):
            turn = list(paths_taken)[number % len(paths_taken) :] + list(paths_taken)[: number % len(paths_taken)]
            for name in turn:
                cpu, wall = time.process_time(), time.perf_counter()
                seen[name] += paths_taken[name].look(chunk)
                seconds[name]["cpu"] += time.process_time() - cpu
                seconds[name]["wall"] += time.perf_counter() - wall
    return seconds, seen


def judge(manifest: Manifest, scenes: Sequence[SceneEntry], seen: Sequence[Seen]) -> tuple[float, float]:
    """COCO mAP, and recall@9 of the true product among objects found."""
    position = {product.id: place for place, product in enumerate(manifest.products)}
    right = {name: frozenset(position[i] for i in alike) for name, alike in right_products(manifest).items()}
    truths = {
        scene.id: [
            TruthObject(item.box, item.category, right.get(item.product or "", frozenset()))
            for item in scene.objects
            if is_clear(item)
        ]
        for scene in scenes
    }
    found = {scene.id: item.detections for scene, item in zip(scenes, seen, strict=True)}
    slates = {scene.id: item.slates for scene, item in zip(scenes, seen, strict=True)}
    known = [[(t.box, t.category) for t in objects] for objects in truths.values()]
    average = np.mean([mean_average_precision(list(found.values()), known, iou)["map50"] for iou in IOUS])
    return float(average), pipeline_metrics(truths, found, slates)["recall_at_9"]


def by_boxes(paths_taken: dict[str, Ours | Theirs], path: Path) -> dict[str, dict[str, float]]:
    """Milliseconds of processor to cut out and embed so many boxes of a scene."""
    picture, random = open_image(path), np.random.default_rng(0)
    corners = random.uniform(0, 0.6, (40, 2))
    boxes = [Detection(Box(left, top, left + 0.3, top + 0.35), "", 1.0) for left, top in corners.tolist()]
    return {
        name: {str(count): median_ms(partial(taken.embed, picture, boxes[:count])) for count in (5, 10, 20, 40)}
        for name, taken in paths_taken.items()
    }


def by_products(sizes: Sequence[int], dim: int, seed: int) -> dict[str, dict[str, float]]:
    """Milliseconds of processor to find 27 products for each of 12 boxes, among so many random vectors of 20 categories."""
    random = np.random.default_rng(seed)
    figures: dict[str, dict[str, float]] = {}
    for size in sizes:
        vectors = random.normal(size=(size, dim)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        indexes = CategoryIndexes(dim, "", tuning=Tuning(exact_below=size))
        for number in range(20):
            ids = range(number, size, 20)
            indexes.add(str(number), list(ids), vectors[number::20])
        asked, names = vectors[:12], [str(number) for number in range(12)]
        whole = faiss.IndexFlatIP(dim)
        whole.add(vectors)
        figures[str(size)] = {
            "ours, in category": median_ms(partial(indexes.search, asked, names, CANDIDATES)),
            "whole catalogue, box by box": median_ms(lambda whole=whole, asked=asked: _one_by_one(whole, asked)),
        }
    return figures


def _one_by_one(index: faiss.IndexFlatIP, asked: Vectors) -> None:
    for vector in asked:
        index.search(vector[None], CANDIDATES)


def median_ms(call: Callable[[], object], times: int = 5) -> float:
    """The median milliseconds of processor of some calls, warm."""
    call()
    spent = []
    for _ in range(times):
        began = time.process_time()
        call()
        spent.append(time.process_time() - began)
    return round(1000 * statistics.median(spent), 3)


def ratio(seconds: dict[str, dict[str, float]], name: str, clock: str) -> float:
    """How many times the baseline's scenes a second."""
    return round(seconds["baseline"][clock] / seconds[name][clock], 2)


if __name__ == "__main__":
    main()
