"""The one door to detector, embedder and index: rows in, findings out. Loading this file loads torch.

A version is read once per process, and run by the fastest runtime of the machine that finds what PyTorch finds. Scenes go
through in chunks: decode, detect, cut out, embed all crops together, search each crop in its category.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import torch
from django.conf import settings
from PIL import Image

from labeling.catalog.models import Scene
from labeling.common.storage import image_bytes
from labeling.inference import selectors
from labeling.inference.findings import BuiltIndex, CataloguePicture, ClassCategories, Finding, Refusal, Wishes
from labeling.inference.living import PICTURES, VECTORS, index_current, picture_opened, vectors_known
from labeling.inference.models import IndexBuild, ModelVersion
from models_ml.context import ContextModel, rank_slates
from models_ml.detection import Detector
from models_ml.embedding import Embedder
from models_ml.export import CheckPicture, fast_detector, fast_embedder
from models_ml.images import ImageError, crop, open_image
from models_ml.index import CategoryIndexes, Facts, ProductFilter, Tuning
from models_ml.pipeline import Pipeline, Sight, decode, limit_threads
from models_ml.product_texts import FILE as TEXTS
from models_ml.product_texts import ProductTexts, SceneText
from models_ml.runtimes import Runtime, available
from models_ml.text import product_text
from models_ml.types import Box, Match, Vectors

SCENE_CHUNK = 8
"""Scenes that are held decoded at once."""
EMBED_CHUNK = 64
SEEN_SIDE = 384
"""The longer side, in pixels, at which whole pictures are compared."""
EAGER = "eager"
NO_WISHES = Wishes()


class RuntimeRefused(RuntimeError):
    """Versions and index do not belong together; the message says what to do."""


def findings(
    scenes: Sequence[Scene],
    *,
    detector: ModelVersion,
    embedder: ModelVersion,
    index: IndexBuild,
    categories: ClassCategories,
) -> list[list[Finding] | Refusal]:
    """What stands in each scene with its matches, or why its picture could not be looked at; in the order given."""
    pipeline = Pipeline(_detector(detector.path), _embedder(embedder.path))
    results: list[list[Finding] | Refusal] = []
    for start in range(0, len(scenes), SCENE_CHUNK):
        pictures = [_opened(scene) for scene in scenes[start : start + SCENE_CHUNK]]
        sound = [picture for picture in pictures if isinstance(picture, Image.Image)]
        seen = [scenes[start + i] for i, picture in enumerate(pictures) if isinstance(picture, Image.Image)]
        sights = pipeline.look(
            sound,
            min_score=settings.DETECTION_MIN_SCORE,
            max_detections=settings.DETECTIONS_MAX,
            leanings=_leanings(seen, pipeline.detector.classes, categories, embedder, index),
        )
        looked = iter(_matched(seen, sights, categories, embedder, index))
        results += [picture if isinstance(picture, Refusal) else next(looked) for picture in pictures]
    return results


def look_at(
    data: bytes,
    *,
    detector: ModelVersion,
    embedder: ModelVersion,
    index: IndexBuild,
    categories: ClassCategories,
) -> list[Finding] | Refusal:
    """What stands in a picture that no row knows, with its matches, or why it could not be looked at. Nothing is kept."""
    try:
        picture = decode(data, name="The picture", max_pixels=settings.IMAGE_MAX_PIXELS)
    except (ImageError, OSError) as error:
        return Refusal(f"{error}. Send another.")
    pipeline = Pipeline(_detector(detector.path), _embedder(embedder.path))
    sights = pipeline.look([picture], min_score=settings.DETECTION_MIN_SCORE, max_detections=settings.DETECTIONS_MAX)
    # A scene without words: nothing is known of the picture but what it shows.
    [found] = _matched([Scene(vertical_id=detector.vertical_id)], sights, categories, embedder, index)
    return found


def retrieve(
    scene: Scene,
    box: Box,
    category: str | None,
    *,
    embedder: ModelVersion,
    index: IndexBuild,
    wishes: Wishes = NO_WISHES,
    beside: Sequence[Sequence[Match]] = (),
) -> list[Match]:
    """The nearest available products of one box of a scene that meet the wishes.

    ``beside`` are the slates of the scene's other boxes, which the words around it may be about.
    Raises :class:`ImageError` where its picture is no more.
    """
    picture = _decoded(scene)
    vectors = _embedder(embedder.path).embed([crop(picture, box)])
    [matches] = _search(vectors, [category], embedder, index, where=_filter(wishes))
    return _ranked(scene, [matches, *beside], embedder, index)[0]


def reads(embedder: ModelVersion) -> bool:
    """Whether the words around a scene re-order what this embedder finds."""
    return _context(embedder) is not None


def pictures_seen(
    paths: Sequence[str], *, embedder: ModelVersion | None
) -> list[tuple[Image.Image, Vectors | None] | None]:
    """Stored pictures, small, each with the embedder's vector of the whole of it; None for one that cannot be opened."""
    opened: list[Image.Image | None] = []
    for path in paths:
        try:
            opened.append(open_image(image_bytes(path), max_side=SEEN_SIDE, name=path))
        except (ImageError, OSError):
            opened.append(None)
    sound = [picture for picture in opened if picture is not None]
    if embedder is None:
        return [None if picture is None else (picture, None) for picture in opened]
    vectors = iter(_embedder(embedder.path).embed(sound) if sound else ())
    return [None if picture is None else (picture, next(vectors)) for picture in opened]


def crops_seen(scene: Scene, boxes: Sequence[Box], embedder: ModelVersion) -> Vectors | None:
    """The vectors ``(n, dim)`` of boxes of a scene; None where its picture cannot be opened."""
    picture = _opened(scene)
    if isinstance(picture, Refusal):
        return None
    return _embedder(embedder.path).embed([crop(picture, box) for box in boxes])


def index_build(
    pictures: Iterable[CataloguePicture],
    *,
    embedder: ModelVersion,
    before: IndexBuild | None = None,
    on_progress: Callable[[int], None] = lambda done: None,
) -> BuiltIndex:
    """Write an index of these pictures (one a product) under INDEX_ROOT; ``before`` lends the vectors it has.

    A product whose picture cannot be read is left out, and named in the log.
    """
    model = _embedder(embedder.path)
    rows = list(pictures)
    known = _vectors_of(before, embedder)
    fresh = list({row.sha256: row for row in rows if row.sha256 not in known}.values())
    on_progress(len(rows) - len(fresh))
    for start in range(0, len(fresh), EMBED_CHUNK):
        chunk = fresh[start : start + EMBED_CHUNK]
        known.update(_embedded(chunk, model))
        on_progress(len(rows) - len(fresh) + start + len(chunk))
    rows = [row for row in rows if row.sha256 in known]
    index = CategoryIndexes(model.dim, model.fingerprint, tuning=_tuning())
    for slug in sorted({row.category for row in rows}):
        mine = [row for row in rows if row.category == slug]
        index.add(
            slug, [row.product_id for row in mine], np.stack([known[row.sha256] for row in mine]), facts=_facts(mine)
        )
    path = f"{embedder.vertical_id}/{secrets.token_hex(8)}"
    index.save(settings.INDEX_ROOT / path)
    kept = {row.sha256: known[row.sha256] for row in rows}
    np.save(
        settings.INDEX_ROOT / path / VECTORS,
        np.stack(list(kept.values())) if kept else np.zeros((0, model.dim), np.float32),
    )
    (settings.INDEX_ROOT / path / PICTURES).write_text("\n".join(kept), encoding="ascii")
    if reads(embedder):
        ProductTexts.build(_texts_by_id(embedder)).save(settings.INDEX_ROOT / path)
    return BuiltIndex(path, len(rows), index.recall())


def pictures_embed(
    pictures: Sequence[CataloguePicture], *, embedder: ModelVersion, index: IndexBuild
) -> dict[str, bytes]:
    """The vectors of these pictures by content hash, float32 and little-endian; those ``index`` has are lent by it.

    A picture that cannot be read is left out, and named in the log.
    """
    known, model = vectors_known(index, wanted={row.sha256 for row in pictures}), _embedder(embedder.path)
    fresh = list({row.sha256: row for row in pictures if row.sha256 not in known}.values())
    for start in range(0, len(fresh), EMBED_CHUNK):
        known.update(_embedded(fresh[start : start + EMBED_CHUNK], model))
    return {sha256: vector.astype("<f4").tobytes() for sha256, vector in known.items()}


def pipeline_of(*, detector: str, embedder: str) -> Pipeline:
    """Two checkpoints, ready to look at pictures; their paths are relative to MODELS_ROOT, or absolute."""
    return Pipeline(_detector(detector), _embedder(embedder))


def warm_up(*versions: ModelVersion) -> None:
    """Read the weights, and where that is still to be done make them fast and judge the outcome, which takes a while."""
    for version in versions:
        load = _detector if version.kind == ModelVersion.Kind.DETECTOR else _embedder
        load(version.path)


def _embedded(rows: Sequence[CataloguePicture], model: Embedder) -> dict[str, Vectors]:
    """The vectors of the pictures that can be read, by content hash."""
    opened = {row.sha256: picture_opened(row, max_side=4 * model.config.side) for row in rows}
    sound = {sha256: picture for sha256, picture in opened.items() if picture is not None}
    return dict(zip(sound, model.embed(list(sound.values())), strict=True)) if sound else {}


def _decoded(scene: Scene) -> Image.Image:
    return decode(image_bytes(scene.image), name=scene.external_id, max_pixels=settings.IMAGE_MAX_PIXELS)


def _opened(scene: Scene) -> Image.Image | Refusal:
    try:
        return _decoded(scene)
    except (ImageError, OSError) as error:
        return Refusal(f"{error}. Import the scene's picture again.")


def _matched(
    scenes: Sequence[Scene],
    sights: Sequence[Sight],
    categories: ClassCategories,
    embedder: ModelVersion,
    index: IndexBuild,
) -> list[list[Finding]]:
    """The sights of a chunk as findings: all their vectors are searched together, each in its category."""
    if not sights:
        return []
    slugs = [categories.slug(item.category) for sight in sights for item in sight.detections]
    vectors = np.concatenate([sight.vectors for sight in sights])
    matches = iter(_search(vectors, slugs, embedder, index, where=_filter(NO_WISHES)))
    found = []
    for scene, sight in zip(scenes, sights, strict=True):
        slates = _ranked(scene, [next(matches) for _ in sight.detections], embedder, index)
        couples = zip(sight.detections, slates, strict=True)
        found.append([Finding(item, categories.slug(item.category), slate) for item, slate in couples])
    return found


def _ranked(
    scene: Scene, slates: Sequence[Sequence[Match]], embedder: ModelVersion, index: IndexBuild
) -> list[list[Match]]:
    """The slates of one scene in the order its words suggest, where they are read; cut to what is kept."""
    context, texts = _context(embedder), _texts(index.path)
    if context is None or texts is None or not context.on:
        return [list(slate[: settings.CANDIDATES]) for slate in slates]
    return rank_slates(slates, _words(scene), texts, context, settings.CANDIDATES)


def _leanings(
    scenes: Sequence[Scene],
    classes: Sequence[str],
    categories: ClassCategories,
    embedder: ModelVersion,
    index: IndexBuild,
) -> list[dict[str, float]] | None:
    """The log-odds by detector class that the words around each scene add, where they are read for that."""
    context, texts = _context(embedder), _texts(index.path)
    if context is None or texts is None or not context.leaning:
        return None
    named = [texts.named(_words(scene)) for scene in scenes]
    slugs = {name: categories.slug(name) for name in classes}
    return [{name: context.leaning * said.get(slug or "", 0.0) for name, slug in slugs.items()} for said in named]


def _words(scene: Scene) -> SceneText:
    boards = tuple(board for board in scene.boards if isinstance(board, str))
    return SceneText(scene.title, scene.description, boards)


def _search(
    vectors: Vectors,
    slugs: Sequence[str | None],
    embedder: ModelVersion,
    index: IndexBuild,
    where: ProductFilter,
) -> list[list[Match]]:
    """The matches of each vector ``(n, dim)`` that pass, in its category; in the whole vertical where that is None.

    Where words may re-order them, they are as many as that looks at.
    """
    context, products = _context(embedder), index_current(index)
    if products.fingerprint != _embedder(embedder.path).fingerprint:
        raise RuntimeRefused(f"{index} was not made by {embedder}. Run manage.py propose, which builds the index anew.")
    depth = max(settings.CANDIDATES, context.depth if context and context.on else 0)
    return products.search(vectors, slugs, depth, where)


def _filter(wishes: Wishes) -> ProductFilter:
    """Wishes as the index reads them."""
    return ProductFilter(
        min_price=None if wishes.min_price is None else float(wishes.min_price),
        max_price=None if wishes.max_price is None else float(wishes.max_price),
        brands=wishes.brands,
        available=True,
    )


def _facts(rows: Sequence[CataloguePicture]) -> Facts:
    """What :func:`_filter` will ask of these products."""
    return Facts.of(
        [None if row.price is None else float(row.price) for row in rows],
        [row.brand_id for row in rows],
        [row.available for row in rows],
    )


def _texts_by_id(embedder: ModelVersion) -> dict[int, tuple[str, str]]:
    return {
        row.product_id: (
            row.category,
            product_text(
                title=row.title, brand=row.brand or "", description=row.description, attributes=row.attributes
            ),
        )
        for row in selectors.catalogue_texts(embedder.vertical)
    }


def _context(embedder: ModelVersion) -> ContextModel | None:
    record = embedder.config.get("context") if settings.CONTEXT else None
    return ContextModel.from_record(record, f"the context of {embedder}") if record else None


def _vectors_of(before: IndexBuild | None, embedder: ModelVersion) -> dict[str, Vectors]:
    return vectors_known(before) if before is not None and before.embedder_id == embedder.pk else {}


def _check_scenes(path: str) -> list[CheckPicture]:
    """Scenes to judge a detector by, with what is known of them; those that cannot be opened are passed over."""
    scenes = selectors.scenes_to_judge_by(path)
    opened = [(scene, _opened(scene)) for scene in scenes]
    return [
        CheckPicture(picture, [(Box(*item["box"]), item["category"]) for item in scene.truth.get("objects", ())])
        for scene, picture in opened
        if not isinstance(picture, Refusal)
    ]


def _check_products(path: str) -> list[CheckPicture]:
    """Catalogue pictures to judge an embedder by."""
    return [CheckPicture(open_image(image_bytes(image))) for image in selectors.pictures_to_judge_by(path)]


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


@lru_cache(maxsize=1)
def _runtimes() -> list[Runtime]:
    limit_threads(settings.MODEL_THREADS)
    if settings.RUNTIME == EAGER:
        return []
    return available(settings.RUNTIME, threads=settings.MODEL_THREADS)


@lru_cache(maxsize=4)
def _detector(path: str) -> Detector:
    check = partial(_check_scenes, path)
    return fast_detector(settings.MODELS_ROOT / path, _runtimes(), check, cache=_exports(), device=_device())


@lru_cache(maxsize=4)
def _embedder(path: str) -> Embedder:
    check = partial(_check_products, path)
    return fast_embedder(settings.MODELS_ROOT / path, _runtimes(), check, cache=_exports(), device=_device())


def _exports() -> Path:
    return Path(settings.MODELS_ROOT / "exports")


@lru_cache(maxsize=8)
def _texts(path: str) -> ProductTexts | None:
    """None for an index that was built before words were read; the next one has them."""
    folder = settings.INDEX_ROOT / path
    return ProductTexts.load(folder) if (folder / TEXTS).is_file() else None


@lru_cache(maxsize=1)
def _tuning() -> Tuning:
    """Kept, so that a process measures once from which size approximate search pays."""
    return Tuning(recall=settings.INDEX_RECALL, k=settings.CANDIDATES, exact_below=settings.INDEX_EXACT_BELOW)
