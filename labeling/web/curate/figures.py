"""The figures of models as pages show them: one number a version, curves over steps, outlines with the titles of products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labeling.catalog.models import Product, Scene, Vertical
from labeling.inference.models import ModelVersion
from labeling.training.models import TrainingRun
from labeling.web.charts import Chart, step_chart

HEADLINES = {"detector": ("mAP@.5", ("map50",)), "embedder": ("recall@1", ("in_category", "recall_at_1"))}


def headline(version: ModelVersion) -> tuple[str, float | None]:
    """The name of the figure that counts for this kind of model, and what the version reached when it was trained."""
    name, path = HEADLINES[version.kind]
    value: Any = version.metrics
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return name, value if isinstance(value, int | float) else None


def drawn(vertical: Vertical, kind: str, pictures: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """``{"scene": id, "outlines": [...]}`` with the scene itself and, in the outlines, titles for the ids of products.

    A scene that is gone is left out.
    """
    names = {each["scene"] for each in pictures}
    scenes = {scene.external_id: scene for scene in Scene.objects.filter(vertical=vertical, external_id__in=names)}
    outlines = (
        [outline for each in pictures for outline in each["outlines"]] if kind == ModelVersion.Kind.EMBEDDER else []
    )
    ids = {outline[key] for outline in outlines for key in ("label", "found")}
    titles = dict(Product.objects.filter(vertical=vertical, external_id__in=ids).values_list("external_id", "title"))
    return [
        {"scene": scenes[each["scene"]], "outlines": [_titled(outline, titles) for outline in each["outlines"]]}
        for each in pictures
        if each["scene"] in scenes
    ]


def _titled(outline: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    return {**outline, **{key: titles.get(outline[key], outline[key]) for key in ("label", "found")}}


def loss_chart(run: TrainingRun) -> Chart | None:
    """The loss over the steps; None before there is one."""
    points = [(float(step), float(loss)) for step, loss in run.curve]
    return step_chart([("loss", points)]) if len(points) > 1 else None


def figures_chart(run: TrainingRun) -> Chart | None:
    """What the model was worth each time it was judged, from 0 to 1; None before it was."""
    names = run.judgements[0]["figures"] if run.judgements else {}
    series = [
        (name, [(float(each["step"]), float(each["figures"][name])) for each in run.judgements]) for name in names
    ]
    return step_chart(series, top=1.0) if series else None
