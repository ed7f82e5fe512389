"""A version goes live only past the gate: better than the live one on the same held-out scenes beyond noise, or for a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from labeling.catalog.models import Product
from labeling.common.errors import ConflictError
from labeling.common.models import AuditEvent
from labeling.inference.models import IndexBuild, ModelVersion
from labeling.inference.services import version_register
from labeling.training import services, tasks
from labeling.training.gate import gate_of
from labeling.training.models import Comparison, Promotion
from models_ml import checkpoints
from tests.labeling.training.conftest import SCENES, Trained, freeze

BETTER = {"figure": "recall_at_1", "ours": 0.9, "theirs": 0.5, "difference": 0.4, "low": 0.2, "high": 0.6, "scenes": 12}


def compared(trained: Trained, version: ModelVersion, *, better: bool) -> Comparison:
    """A comparison with the live version that came to this; what the real one comes to is tested where it is made."""
    asked = services.comparison_ask(version=version, other=trained.live(version.kind), snapshot=trained.snapshot)
    report = {**BETTER, "better": better} if better else {**BETTER, "low": -0.1, "better": False}
    return services.comparison_record(comparison_id=asked.pk, report=report)


def promoted(version: ModelVersion, trained: Trained, reason: str = "") -> Promotion:
    asked = services.promotion_ask(version=version, actor=trained.curator, reason=reason)
    tasks.conclude_promotion(asked.pk)
    return Promotion.objects.get(pk=asked.pk)


def test_what_is_better_goes_live_with_its_index(trained: Trained, second: Any) -> None:
    version, before = second("embedder"), trained.live("embedder")
    compared(trained, version, better=True)
    promotion = promoted(version, trained)
    assert (promotion.accepted, promotion.error, promotion.replaced) == (True, "", before)
    assert promotion.gate["better"] and promotion.gate["figures"]["difference"] == 0.4
    live = IndexBuild.objects.get(live=True)
    assert (trained.live("embedder"), live.embedder, promotion.index) == (version, version, live)
    assert (promotion.done, promotion.total) == (8, 8)
    event = AuditEvent.objects.get(verb="promotion_conclude")
    assert (event.actor_id, event.detail["accepted"], event.detail["gate"]["better"]) == (
        trained.curator.pk,
        True,
        True,
    )


def test_a_gain_within_the_noise_stays_outside_and_costs_no_index(trained: Trained, second: Any) -> None:
    version, before = second("embedder"), trained.live("embedder")
    compared(trained, version, better=False)
    promotion = promoted(version, trained)
    assert (promotion.accepted, trained.live("embedder")) == (False, before)
    assert promotion.gate["why"].startswith("The gain is within the noise of 12 held-out scenes.")
    assert not IndexBuild.objects.filter(embedder=version).exists()


def test_a_reason_overrides_the_gate_and_is_audited(trained: Trained, second: Any) -> None:
    version = second("detector")
    compared(trained, version, better=False)
    promotion = promoted(version, trained, reason="The old one knows no rugs.")
    assert (promotion.accepted, promotion.gate["better"], trained.live("detector")) == (True, False, version)
    assert AuditEvent.objects.get(verb="promotion_conclude").detail["reason"] == "The old one knows no rugs."


def test_the_real_comparison_is_made_and_kept(trained: Trained, second: Any) -> None:
    version = second("embedder")
    promotion = promoted(version, trained)
    comparison = Comparison.objects.get()
    assert promotion.comparison == comparison and comparison.other != version
    report = comparison.report
    assert report["scenes"] == 12 and report["figure"] == "recall_at_1"
    assert report["difference"] == pytest.approx(report["ours"] - report["theirs"])
    assert sum(row["asked"] for row in report["per_category"]) == 24
    assert promotion.accepted is report["better"]


def test_nothing_to_judge_on_needs_a_reason(trained: Trained, second: Any) -> None:
    version = second("detector")
    Promotion.objects.all().delete()
    asked = services.promotion_ask(version=version, actor=trained.curator)
    Promotion.objects.filter(pk=asked.pk).update(snapshot=None)
    tasks.conclude_promotion(asked.pk)
    asked.refresh_from_db()
    assert asked.accepted is False and "Freeze one, or give a reason." in asked.gate["why"]


def test_a_split_without_scenes_says_so(trained: Trained, second: Any) -> None:
    version = second("detector")
    untested = freeze(trained.vertical, train=SCENES)
    promotion = services.promotion_ask(version=version, actor=trained.curator, snapshot=untested)
    tasks.conclude_promotion(promotion.pk)
    promotion.refresh_from_db()
    assert promotion.accepted is False
    assert "no scene in its test split" in promotion.gate["why"] and Comparison.objects.get().error


@pytest.mark.parametrize("kind", ["detector", "embedder"])
def test_a_checkpoint_of_another_architecture_is_refused_and_nothing_is_lost(
    trained: Trained, second: Any, kind: str, tmp_path: Path
) -> None:
    """Weights and description do not fit together: whoever made them described another network."""
    before, index = trained.live(kind), IndexBuild.objects.get(live=True)
    state, sidecar = checkpoints.load(settings.MODELS_ROOT / second(kind, seed=3).path)
    config = dict(sidecar["config"])  # type: ignore[call-overload]
    config |= {"head_width": 32} if kind == "detector" else {"dim": 8}
    checkpoints.save(tmp_path / "other", state, {**sidecar, "config": config}, half=True)
    # The sidecar is what differs, so the weights are registered under a fingerprint of their own only once changed.
    state = {name: tensor * 1.5 if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    checkpoints.save(tmp_path / "other", state, {**sidecar, "config": config}, half=True)
    version = version_register(vertical=trained.vertical, kind=kind, checkpoint=tmp_path / "other")
    asked = services.promotion_ask(version=version, actor=trained.curator, reason="It is new.")
    with pytest.raises(checkpoints.CheckpointError):
        tasks.conclude_promotion(asked.pk)
    asked.refresh_from_db()
    assert asked.accepted is None
    assert "weights and config do not fit together" in asked.error and "train again" in asked.error
    assert (trained.live(kind), IndexBuild.objects.get(live=True)) == (before, index)
    # It may be asked for again, once mended.
    assert services.promotion_ask(version=version, actor=trained.curator).pk != asked.pk


def test_one_step_back_brings_the_version_and_its_index_back(trained: Trained, second: Any) -> None:
    first, version = trained.live("embedder"), second("embedder")
    promoted(version, trained, reason="To come back from it.")
    gone = Product.objects.get(external_id="rug-red")
    Product.objects.filter(pk=gone.pk).update(available=False)
    back = services.version_step_back(vertical=trained.vertical, kind="embedder", actor=trained.curator)
    tasks.conclude_promotion(back.pk)
    back.refresh_from_db()
    live = IndexBuild.objects.get(live=True)
    assert (trained.live("embedder"), live.embedder, back.accepted, back.back) == (first, first, True, True)
    # What changed while it was away is taken in before it serves again.
    assert live.changes.filter(product_id=gone.pk, available=False).exists()
    assert AuditEvent.objects.filter(verb="promotion_ask", detail__back=True).exists()
    # And forth again.
    forth = services.version_step_back(vertical=trained.vertical, kind="embedder")
    assert forth.version == version


def test_there_may_be_nothing_to_go_back_to(trained: Trained) -> None:
    with pytest.raises(ConflictError, match="has had no other detector live"):
        services.version_step_back(vertical=trained.vertical, kind="detector")


def test_a_version_is_promoted_by_one_at_a_time(trained: Trained, second: Any) -> None:
    version = second("detector")
    services.promotion_ask(version=version)
    with pytest.raises(ConflictError, match="is being promoted already"):
        services.promotion_ask(version=version)
    with pytest.raises(IntegrityError), transaction.atomic():
        Promotion.objects.create(version=version)
    with pytest.raises(ConflictError, match="is live already"):
        services.promotion_ask(version=trained.live("detector"))


def test_what_went_live_meanwhile_is_judged_anew(trained: Trained, second: Any) -> None:
    version, other = second("detector", seed=1), second("detector", seed=2)
    comparison = compared(trained, version, better=True)
    asked = services.promotion_ask(version=version)
    promoted(other, trained, reason="First there.")
    with pytest.raises(ConflictError, match=r"went live while .* was judged beside another\. Promote it again\."):
        services.promotion_conclude(promotion_id=asked.pk, comparison=comparison)
    assert trained.live("detector") == other


def test_run_twice_is_run_once(trained: Trained, second: Any) -> None:
    version = second("detector")
    asked = services.promotion_ask(version=version, reason="Once.")
    tasks.conclude_promotion(asked.pk)
    tasks.conclude_promotion(asked.pk)
    assert AuditEvent.objects.filter(verb="version.go_live", subject_id=version.pk).count() == 1


def test_the_gate_needs_no_comparison_where_nothing_was_live(trained: Trained) -> None:
    gate = gate_of(live=None, comparison=None, promotion=Promotion(version=trained.live("detector")))
    assert gate.opens and json.dumps(gate.record())
