"""A campaign from the first seat to the last, by simulated people through the services that real people go through."""

from __future__ import annotations

import hashlib
import json
import random
import uuid
from pathlib import Path
from typing import Any

from labeling.accounts.models import Role, User
from labeling.annotation.models import Campaign, Resolution, Verdict
from labeling.annotation.selectors import assignments_shown
from labeling.annotation.services import (
    Decision,
    assignment_lend,
    assignment_submit,
    campaign_create,
    campaign_fill,
    campaign_quality_set,
    gold_make,
    skills_write,
)
from labeling.catalog.models import Scene
from labeling.catalog.services import NewProduct, NewScene, category_ensure, products_add, scenes_add, vertical_ensure
from labeling.common.storage import StoredImage
from labeling.datasets.services import assignment_settle
from labeling.inference.findings import Finding
from labeling.inference.models import ModelVersion, Scan
from labeling.inference.services import scan_record
from models_ml.types import Box, Detection, Match
from showroom.people import Guess, PeopleWorld, Person, Thing, answer, drawn, guesses

MEASURED_EVERY = 25
"""After so many submissions a worker writes the skills anew, as the beat does every few minutes."""
EXPERT = Person("expert", object=1.0, category=1.0, product=1.0, finds=1.0, jitter=0.0)


class Simulation:
    """A vertical with scenes of known truth, gold made by an expert, and a campaign worked through by the world's people."""

    def __init__(self, world: PeopleWorld, pack: Path, seed: int) -> None:
        self.world = world
        self.chance = random.Random(seed)
        self.vertical = vertical_ensure(slug=f"simulated-{seed}", name="Simulated")
        self.truths: dict[int, list[Thing]] = {}
        self.submissions = 0
        self._stock(pack)
        self._furnish(pack)

    def run(self) -> None:
        """The expert makes gold; then everybody works, in an order by chance, until nothing is lent any more."""
        scenes = list(Scene.objects.filter(vertical=self.vertical).order_by("pk"))
        gold, work = scenes[: self.world.gold_scenes], scenes[self.world.gold_scenes :]
        known = self._campaign("Known", gold, overlap=1)
        self._work(known, [EXPERT])
        for resolution in Resolution.objects.filter(campaign=known, proposal__isnull=False):
            gold_make(resolution=resolution)
        self.campaign = self._campaign("Measured", work, overlap=self.world.overlap)
        self.campaign = campaign_quality_set(
            campaign=self.campaign,
            actor=None,
            sure_at=self.world.sure_at,
            more_eyes=self.world.more_eyes,
            gold_share=self.world.gold_share,
            trick_share=self.world.trick_share,
            pass_score=self.world.pass_score,
            entry_test=0,
        )
        self._work(self.campaign, list(self.world.people))
        skills_write(vertical=self.vertical)

    def _stock(self, pack: Path) -> None:
        """The pack's products, by category."""
        rows = _rows(pack / "products.jsonl")
        self.products: dict[str, list[str]] = {}
        for row in rows:
            self.products.setdefault(row["category"], []).append(row["id"])
        categories = {slug: category_ensure(vertical=self.vertical, slug=slug) for slug in self.products}
        new = [NewProduct(row["id"], categories[row["category"]], _picture(row["id"])) for row in rows]
        products_add(vertical=self.vertical, products=new)
        self.ids = dict(self.vertical.products.values_list("external_id", "pk"))
        self.names = {pk: name for name, pk in self.ids.items()}

    def _furnish(self, pack: Path) -> None:
        """Scenes with their truth kept here alone, and what the simulated models propose for them."""
        wanted = self.world.scenes + self.world.gold_scenes
        rows = [row for row in _rows(pack / "scenes.jsonl") if row.get("objects")]
        if len(rows) < wanted:
            raise ValueError(
                f"{pack} has {len(rows)} scenes with objects, not {wanted}. Ask for fewer, or draw a larger pack."
            )
        rows = self.chance.sample(rows, wanted)
        added = scenes_add(vertical=self.vertical, scenes=[NewScene(row["id"], _picture(row["id"])) for row in rows])
        truths = {row["id"]: row["objects"] for row in rows}
        versions = {
            kind: ModelVersion.objects.create(
                vertical=self.vertical, kind=kind, number=1, path="simulated", fingerprint=uuid.uuid4().hex, live=True
            )
            for kind in ModelVersion.Kind.values
        }
        for scene in added:
            self.truths[scene.pk] = [
                Thing(tuple(each["box"]), each["category"], each["product"])
                for each in truths[scene.external_id]
                if each["product"] in self.ids
            ]
            scan = Scan.objects.create(scene=scene, **versions)
            found = guesses(self.truths[scene.pk], self.products, self.world.models, self.chance)
            scan_record(scan_id=scan.pk, findings=[self._finding(guess) for guess in found])

    def _finding(self, guess: Guess) -> Finding:
        matches = [
            Match(self.ids[product], 0.95 - rank / 50, rank) for rank, product in enumerate(guess.products, start=1)
        ]
        return Finding(Detection(Box(*guess.box), guess.category, guess.score), guess.category, matches)

    def _campaign(self, name: str, scenes: list[Scene], *, overlap: int) -> Campaign:
        campaign = campaign_create(vertical=self.vertical, name=name, overlap=overlap)
        campaign_fill(campaign=campaign, scenes=scenes)
        return campaign

    def _work(self, campaign: Campaign, people: list[Person]) -> None:
        users = {
            person: User.objects.create(username=f"{self.vertical.slug}-{person.name}", role=Role.ANNOTATOR)
            for person in people
        }
        idle: set[Person] = set()
        while len(idle) < len(people):
            person = self.chance.choice(people)
            if self._visit(campaign, person, users[person]):
                idle.clear()
                self.submissions += 1
                if self.submissions % MEASURED_EVERY == 0:
                    skills_write(vertical=self.vertical)
            else:
                idle.add(person)

    def _visit(self, campaign: Campaign, person: Person, user: User) -> bool:
        """One seat from lending to settling; False where nothing is lent."""
        seats = assignment_lend(annotator=user, campaign_id=campaign.pk, want=1)
        if not seats:
            return False
        (shown,) = (json.loads(text) for text in assignments_shown(seats=seats))
        things = self.truths[shown["scene"]["id"]]
        decisions = [self._decision(person, each, things) for each in shown["objects"]]
        boxes = [tuple(each["box"]) for each in shown["objects"]]
        decisions += [self._said(guess, Verdict.ADDED, None) for guess in drawn(person, boxes, things, self.chance)]
        kept = assignment_submit(
            annotator=user,
            assignment_id=shown["id"],
            uuid=uuid.uuid4(),
            token=uuid.UUID(shown["token"]),
            seconds=1.0,
            decisions=decisions,
        )
        assignment_settle(assignment_id=kept.assignment.pk)
        return True

    def _decision(self, person: Person, shown: dict[str, Any], things: list[Thing]) -> Decision:
        seen = Guess(
            tuple(shown["box"]),
            shown["category"],
            shown["score"],
            tuple(self.names[card["product"]] for card in shown["candidates"]),
        )
        said = answer(person, seen, things, self.products, self.chance)
        if said is None:
            return Decision(uuid.uuid4(), shown["proposal"], Verdict.REJECTED, Box(*shown["box"]), None, None, "")
        return self._said(said, Verdict.CONFIRMED, shown["proposal"])

    def _said(self, guess: Guess, verdict: Verdict, proposal: int | None) -> Decision:
        product = self.ids[guess.products[0]] if guess.products else None
        grade = "exact" if product else "none"
        return Decision(uuid.uuid4(), proposal, verdict, Box(*guess.box), guess.category, product, grade)


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def _picture(name: str) -> StoredImage:
    """A picture that nobody looks at."""
    return StoredImage(f"simulated/{name}.jpg", hashlib.sha256(name.encode()).hexdigest(), 640, 480)
