"""Retraining by command: a run on a snapshot, its version at the gate, and what came of it as JSON."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from labeling.common.models import AuditEvent
from labeling.tags.models import AutomationPolicy
from labeling.tags.services import policy_set
from labeling.training.models import Promotion, TrainingRun
from tests.labeling.training.conftest import Trained
from tests.world import World


def said(*arguments: str, **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return dict(json.loads(out.getvalue().splitlines()[-1]))


def test_it_works(trained: Trained) -> None:
    outcome = said("retrain", "embedder", "--here", "--promote", "--steps", "2", "--set", "batch=6", "evaluate_every=0")
    run = TrainingRun.objects.get()
    assert (run.state, run.attempts, run.config) == ("done", 1, {"steps": 2, "batch": 6, "evaluate_every": 0})
    assert outcome["version"] == str(run.version) and outcome["figure"] == run.report["figure"]
    assert run.version is not None and run.version.snapshot_hash == trained.snapshot.content_hash
    assert run.version.recipe["training"]["steps_done"] == 2 and run.version.size > 1000 and run.version.code
    assert [each["step"] for each in run.judgements] == [1, 2]
    assert set(run.judgements[0]["figures"]) == {"recall_at_1", "recall_at_5", "recall_at_9"}
    assert len(run.pictures) == 8 and run.pictures[0]["outlines"]
    promotion = Promotion.objects.get()
    assert promotion.accepted is not None and outcome["promoted"] == promotion.accepted
    assert outcome["gate"]["figures"]["scenes"] == 12


def test_the_same_seed_makes_the_same_version(trained: Trained) -> None:
    first, again, other = (
        said("retrain", "embedder", "--here", "--steps", "2", "--seed", str(seed), "--set", "batch=6")["version"]
        for seed in (5, 5, 6)
    )
    assert first == again != other


def test_what_is_asked_for_wrongly_starts_nothing(trained: Trained) -> None:
    with pytest.raises(CommandError, match="home has no snapshot"):
        said("retrain", "detector", "--here", "--steps", "1", "--snapshot", "9")
    with pytest.raises(CommandError, match="Say when to end"):
        said("retrain", "detector", "--freeze")
    with pytest.raises(CommandError, match="--set takes NAME=NUMBER, not 'batch=many'"):
        said("retrain", "detector", "--steps", "1", "--set", "batch=many")
    assert not TrainingRun.objects.exists()


def test_a_config_that_cannot_work_is_told_on_the_run(trained: Trained) -> None:
    with pytest.raises(ValueError, match="the config names colour"):
        said("retrain", "detector", "--here", "--steps", "1", "--set", "colour=3")
    run = TrainingRun.objects.get()
    assert run.state == "failed" and "the config names colour; known are" in run.error


def test_promote_by_command(trained: Trained, second: Any) -> None:
    version = second("detector")
    outcome = said("promote", "detector", str(version.number), "--vertical", "home", "--here", "--reason", "I said so.")
    assert outcome["accepted"] and not outcome["gate"]["better"] and trained.live("detector") == version
    assert said("promote", "detector", "--back", "--vertical", "home", "--here")["accepted"]
    assert trained.live("detector") != version
    assert AuditEvent.objects.filter(verb="promotion_conclude").count() == 2
    with pytest.raises(CommandError, match="home has no detector 99"):
        call_command("promote", "detector", "99", "--vertical", "home")
    with pytest.raises(CommandError, match="Give the number of a version, or --back"):
        call_command("promote", "detector", "--vertical", "home")


def test_calibration_is_fitted_to_what_people_decided(world: World) -> None:
    policy_set(
        vertical=world.vertical, category=None, enabled=True, target_precision=0.9, audit_share=0.1, actor=world.cora
    )
    outcome = said("retrain", "calibration", "--vertical", "home")
    policy = AutomationPolicy.objects.get()
    assert outcome == {
        "policies": [
            {"category": None, "threshold": policy.threshold, "decided": policy.report["decided"], "error": None}
        ]
    }
    assert policy.fitted_at is not None and policy.threshold is None, "nobody has decided anything yet"


def test_calibration_takes_no_options_of_a_run(world: World) -> None:
    with pytest.raises(CommandError, match=r"by no run\. Leave out --steps, --promote"):
        call_command("retrain", "calibration", "--vertical", "home", "--steps", "3", "--promote")
