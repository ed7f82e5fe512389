"""What programs may know of people: curators all of it, annotators nothing of others and nothing of gold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from labeling.annotation.models import Assignment, Campaign, Mark
from labeling.annotation.services import training_start
from labeling.datasets.tasks import settle_waiting
from tests.labeling.api.desk import call, signed_in
from tests.labeling.deciding import as_json
from tests.labeling.trusting import answer, gold_scene, measured, visit
from tests.world import World

SECRETS = ("gold", "plant", "purpose", "mark", "trick", "skill", "fooled")


@pytest.fixture
def busy(world: World) -> Campaign:
    """Ann and Arif on the same scenes of a campaign with gold."""
    for n in range(4):
        gold_scene(world, f"room-{n + 10}")
    campaign = measured(world, scenes=3, gold_share=0.4, trick_share=0.5)
    for seat in list(campaign.assignments.all()):
        Assignment.objects.create(campaign=campaign, scene=seat.scene, scan=seat.scan, slot=1)
    while visit(world.ann, campaign) is not None:
        settle_waiting()
    return campaign


def test_it_works(world: World, busy: Campaign) -> None:
    while visit(world.arif, busy, product=world.sofas[1].pk) is not None:
        settle_waiting()
    body = signed_in(world.cora).get(f"/api/campaigns/{busy.pk}/people/").json()
    assert [each["annotator"] for each in body["gold"]] == ["ann", "arif"]
    for each in body["gold"]:
        assert each["right"]["n"] == each["false_accept"]["n"] + each["false_reject"]["n"]
        assert each["right"]["low"] <= each["right"]["value"] <= each["right"]["high"]
    assert {each["category"] for each in body["gold_by_category"]} == {"Sofa"}
    assert (body["agreement"]["scenes"], body["agreement"]["f1"]) == (3, 1.0)
    (pair,) = body["agreement"]["pairs"]
    assert (pair["first"], pair["second"], pair["objects"], pair["product"]) == ("ann", "arif", 3, 0.0)
    assert body["standings"] == []
    assert signed_in(world.cora).get("/api/campaigns/999999/people/").status_code == 404


def test_others_learn_nothing(world: World, busy: Campaign) -> None:
    for outsider in (world.ann, world.arif, world.bram, world.mallory):
        answer_ = signed_in(outsider).get(f"/api/campaigns/{busy.pk}/people/")
        assert answer_.status_code == 403 and "ann" not in answer_.content.decode().replace("annotator", "")
    assert Client().get(f"/api/campaigns/{busy.pk}/people/").status_code in (401, 403)
    assert signed_in(world.sana).get(f"/api/campaigns/{busy.pk}/people/").status_code == 200


def walk(value: Any) -> set[str]:
    """Every key and every text of a JSON value."""
    if isinstance(value, dict):
        return set(value) | {word for inner in value.values() for word in walk(inner)}
    if isinstance(value, list):
        return {word for inner in value for word in walk(inner)}
    return {value} if isinstance(value, str) else set()


def test_gold_and_work_are_answered_alike(world: World, busy: Campaign) -> None:
    """Seat after seat through the API: nothing in what is lent, kept or listed differs between gold and work."""
    arif = signed_in(world.arif)
    answers: dict[str, list[dict[str, Any]]] = {"work": [], "gold": []}
    while lent := call(arif, f"/api/campaigns/{busy.pk}/lend/", {"want": 1}).json()["assignments"]:
        (shown,) = lent
        purpose = Assignment.objects.get(pk=shown["id"]).purpose
        body = {
            "uuid": shown["token"], "token": shown["token"], "seconds": 1.0,
            "decisions": [as_json(answer(each)) for each in shown["objects"]],
        }  # fmt: skip
        kept = call(arif, f"/api/assignments/{shown['id']}/submit/", body)
        reopened = call(arif, f"/api/assignments/{shown['id']}/reopen/")
        assert kept.status_code == 201 and reopened.status_code == 200
        answers[purpose].append({"lent": shown, "kept": kept.json(), "again": reopened.json()})
    history = arif.get("/api/assignments/").json()["results"]
    assert len(answers["gold"]) >= 1 and len(history) == len(answers["gold"]) + len(answers["work"])
    shapes = {purpose: {_shape(each) for each in seen} for purpose, seen in answers.items()}
    assert shapes["gold"] == shapes["work"]
    assert len({_shape(each) for each in history}) == 1
    for word in walk(answers) - {"work", "gold"} | walk(history):
        assert not any(secret in word.lower() for secret in SECRETS), word


def test_an_annotator_sees_no_other_answers(world: World, busy: Campaign) -> None:
    arif = signed_in(world.arif)
    (shown,) = call(arif, f"/api/campaigns/{busy.pk}/lend/", {"want": 1}).json()["assignments"]
    theirs = Assignment.objects.filter(campaign=busy, annotator=world.ann, scene=shown["scene"]["id"]).get()
    assert theirs.pk != shown["id"] and theirs.client_uuid is not None
    text = json.dumps(shown)
    assert str(theirs.client_uuid) not in text and "ann@" not in text and '"ann"' not in text
    for path in ("reopen", "submit", "skip", "heartbeat", "release"):
        body = {"token": str(theirs.token), "uuid": str(theirs.client_uuid), "reason": "unsure", "decisions": []}
        assert call(arif, f"/api/assignments/{theirs.pk}/{path}/", body).status_code == 404, path
    listed = arif.get("/api/assignments/?limit=200").json()["results"]
    assert theirs.pk not in [each["assignment"] for each in listed]


def test_training_alone_is_answered_with_what_is_right(world: World) -> None:
    (gold,) = gold_scene(world, "gold-0")
    campaign = measured(world, pass_score=0.7, entry_test=1)
    training_start(campaign=campaign, annotator=world.ann)
    ann = signed_in(world.ann)
    (shown,) = call(ann, f"/api/campaigns/{campaign.pk}/lend/", {"want": 1}).json()["assignments"]
    assert shown["training"] is True
    decisions = [as_json(answer(each, product=world.sofas[2].pk)) for each in shown["objects"]]
    body = {"uuid": shown["token"], "token": shown["token"], "seconds": 1.0, "decisions": decisions}
    for status in (201, 200):
        kept = call(ann, f"/api/assignments/{shown['id']}/submit/", body)
        assert kept.status_code == status
        (told,) = kept.json()["feedback"]
        assert (told["proposal"], told["right"], told["product"]) == (gold.proposal_id, False, world.sofas[0].pk)
    assert Mark.objects.count() == 1


def _shape(value: Any) -> str:
    """What kinds of values stand where."""
    if isinstance(value, dict):
        return json.dumps({key: _shape(inner) for key, inner in sorted(value.items())})
    if isinstance(value, list):
        return json.dumps(sorted({_shape(inner) for inner in value}))
    return type(value).__name__
