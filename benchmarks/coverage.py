"""How many scenes get a tag for what people alone would spend on one in 25? Prints one JSON object as its last line.

    .venv/bin/python benchmarks/coverage.py [--quick] [--json] [--seed N] [--scenes N] [--careless SHARE]
        [--styles home [fashion]] [--models DIR ...] [--repeats N] [--keep DIR]

A world that no model has seen is drawn (or taken from var/worlds), imported and proposed. The budget is the number of
decisions that whole work on 1/25 of the eligible scenes costs, all objects of each; the baseline spends it just so. Ours
spends it, blind audits and second looks included, on what the automation wants to know and on scenes it leaves without a
tag: through campaigns, bursts, submissions, calibration and publishing as they are. Three people share the work, and slip
each for themselves. Nobody but the simulated people knows the truth; it
judges the outcome. ``multiple`` is scenes that show a tag / scenes of the baseline that do, ``precision`` that of the
automatic tags against the truth with its lower bound at 95 %. The curve of both over the threshold goes to results/.

Of two styles each gets half of the scenes and is a vertical with models of its own in one installation. There is one budget,
the sum of both, and it goes where a decision is expected to bring most scenes a tag; the figures are of both together, and
of each in ``by_style``. Models of the fashion world are made by ``make train-fashion``. Luck has a part in when a threshold
is proven: ``--repeats`` does the work again with other people, and the figures are of the first. With ``--keep`` the
proposed world stays in DIR, so that another run starts with the work; the work itself is always taken back.
``--quick`` works on a few test scenes of the demo pack, where so few decisions prove no threshold: people do it all.
"""

from __future__ import annotations

import json
import random
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _chart import Line, chart
from _report import ROOT, arguments, installation, report
from _truth import Person, Truth, lower_bound
from _worlds import few_of_the_demo, world_of

ONE_IN = 25
PORTION = 100
TARGET, AUDITED = 0.95, 0.05
SEED = 77
PEOPLE = ("ann", "ben", "cleo")
MODELS = {"home": ROOT / "showroom" / "checkpoints", "fashion": ROOT / "var" / "trained" / "fashion"}
QUICK_SCENES = 48
RESULTS = ROOT / "benchmarks" / "results"


@dataclass(frozen=True)
class Side:
    """One style's world as a proposed vertical, and the only one who knows its truth."""

    vertical: Any
    truth: Truth


def main() -> None:
    """Measure and print."""
    parser = arguments("Scenes tagged for what people alone would spend on one in 25.")
    parser.add_argument("--scenes", type=int, default=2100)
    parser.add_argument("--careless", type=float, default=0.02, help="share of answers that are some other one")
    parser.add_argument("--styles", nargs="+", choices=list(MODELS), default=["home"])
    parser.add_argument("--models", type=Path, nargs="+", help="a folder of models for each style")
    parser.add_argument(
        "--repeats", type=int, default=1, help="times the work is done, by people of the next --seed each"
    )
    parser.add_argument("--keep", type=Path, help="an installation to keep, with the worlds proposed")
    options = parser.parse_args()
    styles = options.styles
    folders = options.models or [MODELS[style] for style in styles]
    if len(folders) != len(styles):
        parser.error("Give --models one folder for each of the --styles.")
    scenes = QUICK_SCENES if options.quick else options.scenes // len(styles)
    packs = [few_of_the_demo(test=scenes)] if options.quick else [world_of(style, SEED, scenes) for style in styles]
    with installation(options.keep):
        from django.db import transaction

        sides = {}
        for style, pack, models in zip(styles, packs, folders, strict=False):
            truth = Truth.read(pack)
            vertical = proposed(pack, models, style)
            sides[style] = Side(vertical, truth)
        runs = []
        for seed in range(options.seed, options.seed + options.repeats):
            with transaction.atomic():
                people = {style: Person(side.truth, options.careless, seed) for style, side in sides.items()}
                runs.append(worked(sides, people, seed))
                transaction.set_rollback(True)
    counts, *others = [{style: each for style, (each, _) in run.items()} for run in runs]
    done, figures = runs[0], figures_of(together(counts))
    points = {
        title if len(done) == 1 else f"{style}, {title}": line
        for style, (_, lines) in done.items()
        for title, line in lines.items()
    }
    if not options.quick:
        draw(points, figures, "coverage" if len(styles) == 1 else "coverage-mixed")
    report(
        options,
        question="How many scenes get a tag for what people alone would spend on one in 25?",
        n=scenes * len(styles),
        careless=options.careless,
        target=TARGET,
        **figures,
        repeats=[repeated(each) for each in (counts, *others)],
        by_style={style: figures_of(each) for style, each in counts.items()},
        curve=points,
    )


def worked(
    sides: dict[str, Side], people: dict[str, Person], seed: int
) -> dict[str, tuple[dict[str, int], dict[str, list[tuple[float, float]]]]]:
    """What came of the budget in each vertical, counted, and its curves; ``budget`` is what each adds to it."""
    alone = {style: people_alone(side.vertical, people[style], seed) for style, side in sides.items()}
    work([(side.vertical, people[style]) for style, side in sides.items()], sum(budget for budget, _ in alone.values()))
    found = {}
    for style, side in sides.items():
        budget, covered = alone[style]
        counts = spending(side.vertical) | {"budget": budget, "people_alone": covered}
        found[style] = counts | outcome(side.vertical, side.truth), curves(side.vertical, side.truth, covered)
    return found


def spending(vertical: Any) -> dict[str, int]:
    """The decisions that were made in all, and those among them that audited or looked again."""
    from labeling.annotation.models import Annotation, BurstItem

    made = Annotation.objects.filter(campaign__vertical=vertical)
    again = BurstItem.objects.filter(campaign__vertical=vertical, look__gt=1, burst__assignments__state="submitted")
    return {
        "human_decisions": made.count(),
        "audit_decisions": made.filter(campaign__blind_audit=True).count(),
        "second_looks": again.count(),
    }


def together(counts: dict[str, dict[str, int]]) -> dict[str, int]:
    """The sums over all styles."""
    names = next(iter(counts.values()))
    return {name: sum(each[name] for each in counts.values()) for name in names}


def repeated(counts: dict[str, dict[str, int]]) -> dict[str, Any]:
    """What one of several runs came to: together, and the multiple of each style."""
    figures = figures_of(together(counts))
    told = {name: figures[name] for name in ("multiple", "precision", "precision_low", "precision_all")}
    return told | {"by_style": {style: figures_of(each)["multiple"] for style, each in counts.items()}}


def proposed(pack: Path, models: Path, style: str) -> Any:
    """The world's vertical with its scenes proposed, by the code a worker runs."""
    from django.core.management import call_command

    from labeling.catalog.models import Vertical
    from labeling.inference import runtime, selectors, services, tasks

    call_command("import_pack", str(pack), vertical=style, stdout=sys.stderr)
    call_command("load_models", str(models), vertical=style, stdout=sys.stderr)
    vertical = Vertical.objects.get(slug=style)
    live = services.versions_needed(vertical)
    services.index_refresh(embedder=live.embedder, build=runtime.index_build)
    queued = services.scan_queue(vertical=vertical, scenes=selectors.scenes_unscanned(vertical))
    for start in range(0, len(queued), 16):
        tasks.propose_scenes(queued[start : start + 16])
        print(f"{start} of {len(queued)} scenes proposed", file=sys.stderr)
    return vertical


def people_alone(vertical: Any, person: Person, seed: int) -> tuple[int, int]:
    """The decisions that whole work on 1/25 of the eligible scenes costs, and how many of these scenes then show a tag."""
    from django.db import transaction

    from labeling.annotation.models import Annotation, Kind
    from labeling.annotation.services import campaign_create, campaign_fill
    from labeling.inference.selectors import scenes_proposed

    scenes = list(scenes_proposed(vertical))
    few = random.Random(seed).sample(scenes, max(1, len(scenes) // ONE_IN))
    with transaction.atomic():
        campaign = campaign_create(vertical=vertical, name="People alone", kinds=[Kind.SCENE])
        campaign_fill(campaign=campaign, scenes=few)
        decide(campaign, person)
        found = Annotation.objects.filter(campaign=campaign).count(), scenes_tagged(vertical)
        # As if it had never been.
        transaction.set_rollback(True)
    return found


def work(verticals: Sequence[tuple[Any, Person]], budget: int) -> None:
    """Spend one budget over all verticals as the automation asks for it, each with those who know its truth."""
    from labeling.annotation.models import Annotation, Campaign, Kind, PriorityRule
    from labeling.annotation.services import campaign_create
    from labeling.tags.models import AutomationPolicy
    from labeling.tags.services import objects_offer_best, policy_set
    from labeling.tags.tasks import audit_published, publish_sure

    curator, people = account("cora", "curator"), {vertical.pk: person for vertical, person in verticals}
    campaigns = []
    for vertical, _ in verticals:
        policy_set(
            vertical=vertical, category=None, enabled=True, target_precision=TARGET, audit_share=AUDITED, actor=curator,
            reach=AutomationPolicy.Reach.SCENE,
        )  # fmt: skip
        campaigns.append(
            campaign_create(
                vertical=vertical, name="What teaches", kinds=[Kind.MATCH_BURST], priority_rule=PriorityRule.WORTH
            )
        )
    made = Annotation.objects.filter(campaign__vertical__in=people)
    while (left := budget - made.count()) > 0:
        # Audits come first: they are the price of what was published. So do second looks, at them and at other decisions.
        audit_published()
        for waiting in (*Campaign.objects.filter(vertical__in=people, blind_audit=True), *campaigns):
            left -= decide(waiting, people[waiting.vertical_id], most=left)
        if left <= 0:
            break
        campaign = objects_offer_best(campaigns=campaigns, count=min(PORTION, left))
        if campaign is None:
            break
        if not decide(campaign, people[campaign.vertical_id], most=left):
            break
        while publish_sure():
            pass
        policy = AutomationPolicy.objects.get(vertical=campaign.vertical, category=None)
        told = {
            key: value
            for key, value in policy.report.items()
            if key in ("lessons", "tested", "kept", "right", "threshold")
        }
        tagged = [scenes_tagged(vertical) for vertical, _ in verticals]
        print(f"{made.count()} decisions, {tagged} scenes tagged, {campaign.vertical}: {told}", file=sys.stderr)


def decide(campaign: Any, person: Person, most: int | None = None) -> int:
    """Have people do what a campaign lends, one after the other, up to ``most`` decisions; returns how many were made."""
    made, before = 0, -1
    while made > before:
        before = made
        for name in PEOPLE:
            made += decide_as(name, campaign, person, None if most is None else most - made)
    return made


def decide_as(name: str, campaign: Any, person: Person, most: int | None) -> int:
    """The same for one of them."""
    from labeling.annotation.selectors import assignments_shown
    from labeling.annotation.services import assignment_lend, assignment_submit
    from labeling.datasets.services import assignment_settle

    annotator, made = account(name, "annotator"), 0
    while seats := assignment_lend(annotator=annotator, campaign_id=campaign.pk):
        for shown in map(json.loads, assignments_shown(seats=seats)):
            decisions = [
                decision(each, (each.get("scene") or shown["scene"])["external_id"], person)
                for each in shown["objects"]
            ]
            if most is not None and made + len(decisions) > most:
                return made
            assignment_submit(
                annotator=annotator, assignment_id=shown["id"], uuid=uuid.uuid4(), token=uuid.UUID(shown["token"]),
                seconds=2.0 * len(decisions), decisions=decisions,
            )  # fmt: skip
            assignment_settle(assignment_id=shown["id"])
            made += len(decisions)
    return made


def decision(shown: dict[str, Any], scene: str, person: Person) -> Any:
    """A person's answer as the page sends it."""
    from labeling.annotation.services import Decision
    from models_ml.types import Box

    return Decision(
        uuid=uuid.uuid4(), proposal=shown["proposal"], box=Box(*shown["box"]), category=shown["category"], seconds=2.0,
        **person.answer(shown, scene),
    )  # fmt: skip


def outcome(vertical: Any, truth: Truth) -> dict[str, int]:
    """What shoppers see now, counted, and how much of it is true."""
    from labeling.inference.selectors import scenes_eligible
    from labeling.tags.models import Audit, Tag

    live = Tag.objects.filter(scene__vertical=vertical, state="live").select_related("scene", "product")
    right = {tag.pk: truth.is_right(tag.scene.external_id, list(tag.box), tag.product.external_id) for tag in live}
    automatic = [right[tag.pk] for tag in live if tag.source == "model"]
    audits = Audit.objects.filter(judged_at__isnull=False, policy__vertical=vertical)
    return {
        "scenes": scenes_eligible(vertical).count(),
        "covered": scenes_tagged(vertical),
        "truly_covered": len({tag.scene_id for tag in live if right[tag.pk]}),
        "automatic": len(automatic),
        "automatic_right": sum(automatic),
        "live": len(right),
        "live_right": sum(right.values()),
        "audited": audits.count(),
        "audited_right": audits.filter(correct=True).count(),
    }


def figures_of(counts: dict[str, int]) -> dict[str, Any]:
    """Coverage, multiple and true precision from what was counted."""
    alone, automatic, right = counts["people_alone"], counts["automatic"], counts["automatic_right"]
    return {
        **counts,
        "coverage": round(counts["covered"] / counts["scenes"], 4),
        "multiple": round(counts["covered"] / alone, 2),
        "multiple_of_right": round(counts["truly_covered"] / alone, 2),
        "precision": round(right / automatic, 4) if automatic else None,
        "precision_low": round(lower_bound(right, automatic), 4) if automatic else None,
        "precision_all": round(counts["live_right"] / counts["live"], 4) if counts["live"] else None,
    }


def curves(vertical: Any, truth: Truth, alone: int) -> dict[str, list[tuple[float, float]]]:
    """(multiple, true precision) as the threshold falls: with all signals, and without what other scenes say."""
    import numpy as np

    from labeling.inference.models import Proposal
    from labeling.tags.evidence import evidence_of
    from labeling.tags.fitting import TEACHES, surest_of
    from labeling.tags.models import Tag
    from labeling.tags.signals import NAMES
    from models_ml.confidence import fit_confidence

    evidence = evidence_of(vertical=vertical)
    lessons = [i for i, s in enumerate(evidence.slates) if s.half == TEACHES and s.proposal in evidence.decided]
    if len(lessons) < 20:
        return {}
    human = set(
        Tag.objects.filter(scene__vertical=vertical, state="live", source="human").values_list("scene", flat=True)
    )
    names = dict(vertical.products.values_list("pk", "external_id"))
    boxes = {p.pk: list(p.box) for p in Proposal.objects.filter(scene__vertical=vertical)}
    ids = dict(vertical.scenes.values_list("pk", "external_id"))
    lines = {}
    for title, columns in (("all signals", range(len(NAMES))), ("without other scenes", range(4))):
        signals = evidence.signals[:, list(columns)]
        model = fit_confidence(
            [NAMES[c] for c in columns], signals[lessons], [evidence.categories[i] for i in lessons],
            [evidence.decided[evidence.slates[i].proposal] for i in lessons], [evidence.slates[i].scene for i in lessons],
        )  # fmt: skip
        told = model.probabilities(signals, evidence.categories)
        surest = [i for i in np.flatnonzero(surest_of(evidence.slates, told)) if evidence.slates[i].scene not in human]
        right = [
            truth.is_right(ids[s.scene], boxes[s.proposal], names[s.products[0]])
            for i in sorted(surest, key=lambda i: -told[i])
            for s in [evidence.slates[i]]
        ]
        lines[title] = _points(right, len(human), alone)
    return lines


def _points(right: Sequence[bool], human: int, alone: int) -> list[tuple[float, float]]:
    steps = range(max(1, len(right) // 40), len(right) + 1, max(1, len(right) // 40))
    return [(round((human + n) / alone, 2), round(sum(right[:n]) / n, 4)) for n in steps]


def draw(points: dict[str, list[tuple[float, float]]], figures: dict[str, Any], name: str) -> None:
    """The curve as a picture, with the point that the system stands at."""
    lines = [Line(title, line) for title, line in points.items()]
    svg = chart(
        lines,
        x="coverage multiple",
        y="true precision of automatic tags",
        marks=[] if figures["precision"] is None else [(figures["multiple"], figures["precision"])],
        target=TARGET,
    )
    (RESULTS / f"{name}.svg").write_text(svg, encoding="utf-8")


def scenes_tagged(vertical: Any) -> int:
    """Scenes that show a live tag."""
    from labeling.tags.models import Tag

    return Tag.objects.filter(scene__vertical=vertical, state="live").values("scene").distinct().count()


def account(name: str, role: str) -> Any:
    """A person's account, made once."""
    from labeling.accounts.models import User

    return User.objects.get_or_create(username=name, defaults={"role": role})[0]


if __name__ == "__main__":
    main()
