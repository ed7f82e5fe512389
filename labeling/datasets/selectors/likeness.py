"""What looks alike among pictures, and whether a snapshot's splits leak."""

from __future__ import annotations

from labeling.catalog.models import Scene
from labeling.common.errors import ConflictError
from labeling.datasets.models import LeakReport, ProductLikeness, SceneLikeness, Snapshot


class SnapshotLeaks(ConflictError):
    """The same thing stands in two splits of a snapshot."""

    code = "snapshot_leaks"


def likeness_unseen(*, snapshot: Snapshot) -> dict[str, int]:
    """How many scenes and products of a snapshot nobody has looked at for likeness."""
    scenes = SceneLikeness.objects.filter(looked_at=None, scene__in=snapshot.rows.values("scene"))
    products = ProductLikeness.objects.filter(looked_at=None, product__in=snapshot.rows.values("product"))
    return {"scenes": scenes.count(), "products": products.count()}


def scenes_alike(*, scene: Scene) -> list[int]:
    """The keys of the scenes in the group of this one, itself included."""
    own = SceneLikeness.objects.filter(scene=scene).values_list("root", flat=True).first()
    return sorted({scene.pk, *SceneLikeness.objects.filter(root=own).values_list("scene", flat=True)})


def leak_report_of(*, snapshot: Snapshot) -> LeakReport | None:
    """The latest report on a snapshot, where there is one."""
    return LeakReport.objects.filter(snapshot=snapshot).order_by("-pk").first()


def snapshot_without_leaks(*, snapshot: Snapshot) -> None:
    """Raises :class:`SnapshotLeaks` where the latest report on a snapshot found that its splits leak."""
    report = leak_report_of(snapshot=snapshot)
    if report is not None and not report.is_clean:
        found = ", ".join(f"{count} {kind}" for kind, count in sorted(report.counts.items()) if count)
        raise SnapshotLeaks(
            f"The splits of {snapshot} leak ({found}), so no figure of a model trained on it can be believed. Its leak"
            " report names them; withdraw the pairs and freeze another."
        )
