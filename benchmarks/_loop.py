"""The loop in small: people who answer from a world's truth, a snapshot, training and the gate, by the code of the house.

The people and the truth are the showroom's and share no code with what they judge. Every call that a browser or a worker
would make is made here as it would be; only the waiting between them is left out.
"""

from __future__ import annotations

import json
import os
import random
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _judge import MODELS
from _report import rows

from showroom.people import Guess, Person, Thing, answer, drawn

# Each version looks at a few hundred scenes only: to prove a faster runtime would cost more than it saves.
os.environ.setdefault("LOOKTAG_RUNTIME", "eager")

KINDS = ("detector", "embedder")
DRAW = CATEGORY = PICK = REJECT = SEND = 1
SEARCH = 3
"""What a hand does: a key or a drag each; a search is opened, typed into and chosen from. What is right costs nothing."""
ON_SHOW = 9
MANY = 10**9
SEEN = 0.15
"""Nobody is asked for an object of which less is to be seen."""


@dataclass
class Spent:
    """What a portion of work cost, and what came of it."""

    decisions: int = 0
    actions: int = 0
    scenes: int = 0
    pairs: int = 0

    @property
    def actions_per_pair(self) -> float | None:
        """None where no pair was made."""
        return round(self.actions / self.pairs, 3) if self.pairs else None


@dataclass(frozen=True)
class Known:
    """What is true of a pack: its things by scene, its products by category, and its scenes to learn from."""

    things: dict[str, list[Thing]]
    products: dict[str, list[str]]
    pool: list[str]

    @classmethod
    def read(cls, pack: Path) -> Known:
        """Straight from the files of a pack."""
        scenes, products = rows(pack / "scenes.jsonl"), {}
        for row in rows(pack / "products.jsonl"):
            products.setdefault(row["category"], []).append(row["id"])
        things = {
            row["id"]: [
                Thing(tuple(each["box"]), each["category"], each["product"])
                for each in row["objects"]
                if each.get("product") and each.get("visible", 1.0) >= SEEN
            ]
            for row in scenes
        }
        return cls(things, products, [row["id"] for row in scenes if row["split"] == "train"])


class School:
    """A vertical of its own that starts with the demo's models, and the people who work for it."""

    def __init__(self, slug: str, pack: Path, known: Known, people: Sequence[Person], seed: int) -> None:
        from django.core.management import call_command

        from labeling.accounts.models import User
        from labeling.catalog.models import Vertical

        call_command("import_pack", str(pack), vertical=slug, stdout=sys.stderr)
        call_command("load_models", str(MODELS), vertical=slug, stdout=sys.stderr)
        self.vertical = Vertical.objects.get(slug=slug)
        self.known, self.seed, self.chance = known, seed, random.Random(seed)
        self.ids = dict(self.vertical.products.values_list("external_id", "pk"))
        self.names = {pk: name for name, pk in self.ids.items()}
        self.people = [
            (person, User.objects.create(username=f"{slug}-{person.name}", role="annotator")) for person in people
        ]

    def propose(self, most: int | None = None) -> None:
        """Have the live versions look at what is left to learn from, or the first of it, by the code a worker runs."""
        from labeling.inference import services, tasks

        queued = services.scan_queue(vertical=self.vertical, scenes=self.untouched()[:most])
        for chunk in tasks.chunked(queued):
            tasks.propose_scenes(chunk)

    def untouched(self) -> list[Any]:
        """Scenes to learn from that nobody has judged, in an order by chance that is always the same."""
        from labeling.annotation.models import Annotation

        judged = Annotation.objects.filter(scene__vertical=self.vertical).values("scene")
        left = list(self.vertical.scenes.filter(external_id__in=self.known.pool).exclude(pk__in=judged).order_by("pk"))
        random.Random(self.seed).shuffle(left)
        return left

    def judge_first(self, most: int) -> Spent:
        """Have so many scenes judged that a snapshot holds out, as test or val: the gate is as sharp as these are many."""
        from labeling.annotation.services import campaign_create, campaign_fill
        from labeling.datasets.splits import split_of

        held_back = [scene for scene in self.untouched() if split_of(scene.sha256) != "train"][:most]
        campaign = campaign_create(vertical=self.vertical, name="To judge by")
        campaign_fill(campaign=campaign, scenes=held_back)
        return self.work(campaign, MANY)

    def campaign(self, name: str, rule: str) -> Any:
        """A campaign over all that was looked at and is left, scenes as a whole, in an order."""
        from labeling.annotation.services import campaign_create, campaign_fill
        from labeling.inference.selectors import scenes_proposed

        campaign = campaign_create(vertical=self.vertical, name=name, priority_rule=rule)
        seen = set(scenes_proposed(self.vertical).values_list("pk", flat=True))
        campaign_fill(campaign=campaign, scenes=[scene for scene in self.untouched() if scene.pk in seen])
        return campaign

    def work(self, campaign: Any, budget: int) -> Spent:
        """Have the people take turns until so many decisions are made or nothing is lent."""
        from labeling.datasets.models import Pair

        before, spent, turn = Pair.objects.filter(vertical=self.vertical).count(), Spent(), 0
        while spent.decisions < budget and self._visit(campaign, *self.people[turn % len(self.people)], spent):
            turn += 1
        spent.pairs = Pair.objects.filter(vertical=self.vertical, withdrawn_at=None).count() - before
        return spent

    def _visit(self, campaign: Any, person: Person, user: Any, spent: Spent) -> bool:
        """One scene from lending to settling; False where nothing is lent."""
        from labeling.annotation.selectors import assignments_shown
        from labeling.annotation.services import assignment_lend, assignment_submit
        from labeling.datasets.services import assignment_settle

        seats = assignment_lend(annotator=user, campaign_id=campaign.pk, want=1)
        if not seats:
            return False
        [shown] = map(json.loads, assignments_shown(seats=seats))
        decisions = self._decisions(person, shown, spent)
        submission = assignment_submit(
            annotator=user, assignment_id=shown["id"], uuid=uuid.uuid4(), token=uuid.UUID(shown["token"]),
            seconds=2.0 * len(decisions), decisions=decisions,
        )  # fmt: skip
        assignment_settle(assignment_id=submission.assignment.pk)
        spent.decisions += len(decisions)
        spent.actions += SEND
        spent.scenes += 1
        return True

    def _decisions(self, person: Person, shown: dict[str, Any], spent: Spent) -> list[Any]:
        things, decisions = self.known.things[shown["scene"]["external_id"]], []
        for each in shown["objects"]:
            offered = tuple(self.names[card["product"]] for card in each["candidates"])
            seen = Guess(tuple(each["box"]), each["category"], each["score"], offered)
            said = answer(person, seen, things, self.known.products, self.chance)
            spent.actions += _actions(seen, said)
            decisions.append(self._said(said, each))
        boxes = [tuple(each["box"]) for each in shown["objects"]]
        for added in drawn(person, boxes, things, self.chance):
            spent.actions += DRAW + CATEGORY + SEARCH
            decisions.append(self._said(added, None))
        return decisions

    def _said(self, said: Guess | None, shown: Mapping[str, Any] | None) -> Any:
        from labeling.annotation.services import Decision
        from models_ml.types import Box

        proposal = shown and shown["proposal"]
        if said is None:
            assert shown is not None
            return Decision(uuid.uuid4(), proposal, "rejected", Box(*shown["box"]), None, None, "")
        moved = shown is not None and (list(said.box) != shown["box"] or said.category != shown["category"])
        verdict = "added" if shown is None else "adjusted" if moved else "confirmed"
        product = self.ids[said.products[0]] if said.products else None
        return Decision(
            uuid.uuid4(), proposal, verdict, Box(*said.box), said.category, product, "exact" if product else "none"
        )

    def learn(self, configs: Mapping[str, Mapping[str, float]], seed: int) -> dict[str, dict[str, Any]]:
        """Freeze all pairs, train both kinds on the snapshot, and promote what its held-out scenes say is better.

        Returns what the gate saw; it opens for what is better beyond noise, otherwise the curator's reason opens it.
        """
        from labeling.datasets.services import snapshot_freeze
        from labeling.training.models import Promotion
        from labeling.training.services import promotion_ask, run_queue
        from labeling.training.tasks import conclude_promotion, execute_run

        def promoted(run: Any, reason: str = "") -> Promotion:
            run.refresh_from_db()
            asked = promotion_ask(version=run.version, reason=reason, snapshot=snapshot)
            conclude_promotion(asked.pk)
            asked.refresh_from_db()
            return asked

        snapshot = snapshot_freeze(vertical=self.vertical)
        gates = {}
        for kind in KINDS:
            run = run_queue(snapshot=snapshot, kind=kind, config=configs[kind], seed=seed)
            execute_run(run.pk)
            promotion = promoted(run)
            overridden = not promotion.accepted and promotion.gate["figures"].get("difference", 0.0) > 0
            if overridden:
                # A curator with so few scenes goes by what they say, sure or not, and says so.
                promoted(run, "Better on the held-out scenes, though within their noise.")
            gates[kind] = {"promoted": promotion.accepted or overridden, "overridden": overridden, **promotion.gate}
        return gates

    def live(self, kind: str) -> Path:
        """The checkpoint of the live version of a kind."""
        from django.conf import settings

        from labeling.inference.selectors import version_live

        version = version_live(vertical=self.vertical, kind=kind)
        assert version is not None
        return Path(settings.MODELS_ROOT) / version.path


def _actions(shown: Guess, said: Guess | None) -> int:
    """What an answer costs the hand."""
    if said is None:
        return REJECT
    cost = DRAW * (said.box != shown.box) + CATEGORY * (said.category != shown.category)
    if not said.products or said.products == shown.products[:1]:
        return cost
    # A corrected category brings other candidates, which are not known here: its product counts as looked for.
    near = said.category == shown.category and said.products[0] in shown.products[:ON_SHOW]
    return cost + (PICK if near else SEARCH)
