"""``manage.py retrain KIND [--vertical NAME] [--steps N] [--promote] [--wait | --here]``: one attempt at a better model."""

from __future__ import annotations

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from labeling.catalog.models import Vertical
from labeling.catalog.selectors import vertical_meant
from labeling.common.errors import ApplicationError
from labeling.datasets.models import Snapshot
from labeling.datasets.selectors import snapshot_meant
from labeling.datasets.services import snapshot_freeze
from labeling.inference.models import ModelVersion
from labeling.inference.workers import NO_WORKER, worker_answers
from labeling.tags.models import AutomationPolicy
from labeling.tags.services import policy_fit
from labeling.training import selectors, services, tasks
from labeling.training.models import Promotion, TrainingRun

LOOK_EVERY = 1.0
QUEUE = "train"
CALIBRATION = "calibration"
OF_A_RUN = ("snapshot", "freeze", "steps", "minutes", "seed", "set", "promote", "wait", "here")


class Command(BaseCommand):
    """Queue a run on a snapshot, or do it in this process, and say as JSON what came of it.

    Calibration is fitted here and now, to the decisions of people rather than to a snapshot: half of the scenes teach it, the
    other half prove the threshold.
    """

    help = "Train a model on a snapshot; with --promote it then stands at the gate."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=[*ModelVersion.Kind.values, CALIBRATION])
        parser.add_argument("--vertical", default="", metavar="NAME", help="needed where there are several")
        parser.add_argument("--snapshot", type=int, metavar="N", help="its number; by default the newest")
        parser.add_argument("--freeze", action="store_true", help="freeze the admitted pairs first, and train on that")
        parser.add_argument("--steps", type=int, help="end after so many; alone it makes a run repeatable to the bit")
        parser.add_argument("--minutes", type=float, help="end after so much time")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument(
            "--set", nargs="+", default=[], metavar="NAME=NUMBER", help="other knobs, as batch=32 learning_rate=0.001"
        )
        parser.add_argument("--promote", action="store_true", help="live, if it beats what is, beyond noise")
        parser.add_argument("--wait", action="store_true", help="until a worker has done it")
        parser.add_argument("--here", action="store_true", help="do it in this process instead")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            vertical = vertical_meant(options["vertical"])
            if options["kind"] == CALIBRATION:
                if told := [f"--{name}" for name in OF_A_RUN if options[name]]:
                    raise ApplicationError(
                        f"Calibration is fitted here and now, by no run. Leave out {', '.join(told)}."
                    )
                self.stdout.write(json.dumps({"policies": _calibrated(vertical)}))
                return
            run = services.run_queue(
                snapshot=_snapshot(vertical, options),
                kind=options["kind"],
                config=_config(options),
                seed=options["seed"],
                promotes=options["promote"],
            )
        except ApplicationError as error:
            raise CommandError(error.message) from error
        if options["here"]:
            tasks.execute_run(run.pk)
            self._promote_here(run)
        else:
            tasks.execute_run.delay_on_commit(run.pk)
            if options["wait"]:
                _wait(run)
        run.refresh_from_db()
        if run.state in {TrainingRun.State.FAILED, TrainingRun.State.CANCELLED}:
            raise CommandError(f"Run {run.pk} {run.state}. {run.error}".strip())
        self.stdout.write(json.dumps(_record(run)))

    def _promote_here(self, run: TrainingRun) -> None:
        for promotion in Promotion.objects.filter(version__runs=run, accepted=None, error=""):
            tasks.conclude_promotion(promotion.pk)


def _calibrated(vertical: Vertical) -> list[dict[str, object]]:
    """Fit every policy of automation anew to all that people have decided; the least sure threshold that is proven goes live."""
    policies = AutomationPolicy.objects.filter(vertical=vertical).select_related("category").order_by("pk")
    fitted = [policy_fit(policy=policy) for policy in policies]
    return [
        {
            "category": policy.category.slug if policy.category else None,
            "threshold": policy.threshold,
            "decided": policy.report.get("decided", 0),
            "error": policy.report.get("error"),
        }
        for policy in fitted
    ]


def _snapshot(vertical: Vertical, options: dict[str, Any]) -> Snapshot:
    if options["freeze"]:
        return snapshot_freeze(vertical=vertical, note="Frozen to train on.")
    return snapshot_meant(vertical=vertical, number=options["snapshot"])


def _config(options: dict[str, Any]) -> dict[str, float]:
    config = {name: options[name] for name in ("steps", "minutes") if options[name] is not None}
    for written in options["set"]:
        name, _, number = written.partition("=")
        try:
            config[name] = float(number)
        except ValueError as error:
            raise CommandError(f"--set takes NAME=NUMBER, not {written!r}.") from error
    if not {"steps", "minutes", "epochs"} & set(config):
        raise CommandError("Say when to end: --steps N, --minutes M or --set epochs=E.")
    return config


def _wait(run: TrainingRun) -> None:
    """Until the run, and its promotion if it asked for one, have ended."""
    console, told = Console(stderr=True), False
    while True:
        run.refresh_from_db()
        moving = run.state in {TrainingRun.State.WAITING, TrainingRun.State.RUNNING}
        if not moving and not Promotion.objects.filter(version__runs=run, accepted=None, error="").exists():
            return
        if run.state == TrainingRun.State.WAITING and not told and not worker_answers(QUEUE):
            console.print(NO_WORKER.format(queue=QUEUE))
            told = True
        time.sleep(LOOK_EVERY)


def _record(run: TrainingRun) -> dict[str, object]:
    promotion = selectors.promotions_recent().filter(version__runs=run).first() if run.version else None
    return {
        "run": run.pk,
        "state": run.state,
        "version": str(run.version) if run.version else None,
        "figure": run.report.get("figure"),
        "seconds": run.report.get("seconds"),
        "promoted": promotion.accepted if promotion else None,
        "gate": promotion.gate if promotion else None,
        "error": promotion.error if promotion else "",
    }
