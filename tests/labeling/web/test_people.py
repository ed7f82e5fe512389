"""The curator's pages on people, and what annotators may see of themselves: each for its role and for nobody else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.annotation.models import Assignment, Campaign, Dispute, Gold, Mark, Resolution, Standing
from labeling.annotation.services import skills_write
from labeling.common.models import AuditEvent
from labeling.datasets.models import Pair
from labeling.datasets.services import work_return
from labeling.datasets.tasks import settle_waiting
from tests.labeling.annotation.test_dispute import quarrel
from tests.labeling.api.desk import signed_in
from tests.labeling.tagging import resolve
from tests.labeling.trusting import annotator, gold_scene, measured, proposed_scene, visit
from tests.world import World

PAGES = ["/curate/people/", "/curate/disputes/", "/curate/gold/"]


@pytest.fixture(autouse=True)
def no_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is enqueued to a broker that other tests' workers listen to."""
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *args, **more: None)


@pytest.fixture
def busy(world: World) -> Campaign:
    """A campaign with gold in which Ann and Arif have judged the same scenes, and do not always agree."""
    for n in range(3):
        gold_scene(world, f"gold-{n}")
    campaign = measured(world, scenes=3, gold_share=0.3)
    for seat in list(campaign.assignments.all()):
        Assignment.objects.create(campaign=campaign, scene=seat.scene, scan=seat.scan, slot=1)
    while visit(world.ann, campaign) is not None:
        settle_waiting()
    while visit(world.arif, campaign, product=world.sofas[1].pk) is not None:
        settle_waiting()
    skills_write(vertical=world.vertical)
    return campaign


def test_it_works(world: World, busy: Campaign) -> None:
    cora = signed_in(world.cora)
    for page in PAGES:
        assert cora.get(page).status_code == 200, page
    people = cora.get(f"/curate/people/?campaign={busy.pk}").content.decode()
    assert "ann" in people and "arif" in people and "share-line" in people and 'class="heat"' in people
    for measure in ("f1", "iou", "category", "product", "nonsense"):
        assert cora.get(f"/curate/people/?campaign={busy.pk}&measure={measure}").status_code == 200
    person = cora.get(f"/curate/people/{world.ann.pk}/?campaign={busy.pk}").content.decode()
    assert "What they sent" in person and world.sofas[0].title in person
    assert not re.search(r"gold-\d", person), "what was said of gold is not among the work"


def addresses(world: World, campaign: Campaign) -> list[str]:
    return [*PAGES, f"/curate/people/{world.ann.pk}/", f"/curate/campaigns/{campaign.pk}/quality/"]


def test_pages_are_not_there_for_others(world: World, busy: Campaign) -> None:
    for page in addresses(world, busy):
        assert Client().get(page).status_code == 302, page
        for outsider in (world.ann, world.bram, world.mallory):
            assert signed_in(outsider).get(page).status_code == 404, page
        assert signed_in(world.sana).get(page).status_code == 200, page


def test_nobody_else_can_act(world: World, busy: Campaign) -> None:
    seat = Assignment.objects.filter(annotator=world.ann, purpose="work", state="submitted")[0]
    found, gold = Resolution.objects.filter(campaign=busy).first(), Gold.objects.first() or pytest.fail("gold")
    acts = [
        (f"/curate/people/{busy.pk}/{world.ann.pk}/standing/", {"state": "admitted"}),
        (f"/curate/work/{seat.pk}/return/", {"reason": "No."}),
        (f"/curate/gold/{gold.pk}/retire/", {}),
        (f"/curate/gold/make/{found.pk if found else 0}/", {}),
        (f"/curate/campaigns/{busy.pk}/quality/", {"sure_at": "99"}),
    ]
    before = AuditEvent.objects.count()
    for outsider in (world.ann, world.arif, world.bram):
        for path, body in acts:
            assert signed_in(outsider).post(path, body).status_code == 404, path
    for path, body in acts:
        assert Client().post(path, body).status_code == 302, path
    assert AuditEvent.objects.count() == before


def test_work_is_returned_and_shown_to_its_author(world: World, busy: Campaign) -> None:
    seat = Assignment.objects.filter(annotator=world.ann, purpose="work", state="submitted")[0]
    cora = signed_in(world.cora)
    assert "Reason" in cora.post(f"/curate/work/{seat.pk}/return/", {"reason": ""}, follow=True).content.decode()
    cora.post(f"/curate/work/{seat.pk}/return/", {"reason": "The <b>blue</b> one."})
    seat.refresh_from_db()
    assert (seat.state, seat.returned_reason) == ("waiting", "The <b>blue</b> one.")
    assert "The &lt;b&gt;blue&lt;/b&gt; one." in signed_in(world.ann).get("/annotate/").content.decode()
    assert "blue" not in signed_in(world.arif).get("/annotate/").content.decode()


def test_people_are_paused_and_reinstated(world: World, busy: Campaign) -> None:
    cora, path = signed_in(world.cora), f"/curate/people/{busy.pk}/{world.ann.pk}/standing/"
    cora.post(path, {"state": "paused", "reason": "Let us talk."})
    assert Standing.objects.get().state == "paused"
    mine = signed_in(world.ann).get("/annotate/").content.decode()
    assert "is paused for you" in mine and "Let us talk." in mine
    assert "is paused" not in signed_in(world.arif).get("/annotate/").content.decode()
    assert "Reinstate" in cora.get(f"/curate/people/?campaign={busy.pk}").content.decode()
    cora.post(path, {"state": "admitted"})
    assert Standing.objects.get().state == "admitted"
    assert cora.post(path, {"state": "training"}, follow=True).status_code == 200
    assert Standing.objects.get().state == "admitted"
    assert cora.post(f"/curate/people/{busy.pk}/{world.bram.pk}/standing/", {"state": "paused"}).status_code == 404


def test_a_dispute_is_ruled_by_a_key_and_made_gold(world: World) -> None:
    quarrel(world)
    dispute, cora = Dispute.objects.get(), signed_in(world.cora)
    page = cora.get(f"/curate/disputes/{dispute.pk}/").content.decode()
    for words in (
        world.sofas[0].title,
        world.sofas[1].title,
        world.sofas[2].title,
        "Nothing in the catalogue",
        "No object",
    ):
        assert words in page
    assert page.count('type="radio"') == 5
    for outsider in (world.ann, world.bram):
        assert signed_in(outsider).get(f"/curate/disputes/{dispute.pk}/").status_code == 404
        assert signed_in(outsider).post(f"/curate/disputes/{dispute.pk}/rule/", {"option": 1}).status_code == 404
    assert cora.post(f"/curate/disputes/{dispute.pk}/rule/", {"option": 99}, follow=True).status_code == 200
    assert Dispute.objects.get().ruled_at is None
    cora.post(f"/curate/disputes/{dispute.pk}/rule/", {"option": 2, "gold": "on"})
    assert Pair.objects.get(withdrawn_at=None).product == Gold.objects.get().product == world.sofas[1]
    assert "Nothing is in dispute" in cora.get("/curate/disputes/").content.decode()
    assert cora.get("/curate/disputes/999999/").status_code == 404


@pytest.mark.parametrize(("option", "accepted", "product"), [(4, True, None), (5, False, None)])
def test_a_dispute_may_end_in_no_match_or_no_object(world: World, option: int, accepted: bool, product: None) -> None:
    quarrel(world)
    signed_in(world.cora).post(f"/curate/disputes/{Dispute.objects.get().pk}/rule/", {"option": option})
    resolution = Resolution.objects.get()
    assert (resolution.accepted, resolution.product) == (accepted, product)
    assert not Pair.objects.exists()


def test_gold_is_made_and_retired(world: World) -> None:
    proposal = proposed_scene(world, "resolved")[0]
    found, cora = resolve(world, proposal=proposal, box=tuple(proposal.box)), signed_in(world.cora)  # type: ignore[arg-type]
    assert "Make gold" in cora.get("/curate/gold/").content.decode()
    cora.post(f"/curate/gold/make/{found.pk}/")
    gold = Gold.objects.get()
    assert (gold.made_by, gold.product) == (world.cora, world.sofas[0])
    page = cora.get("/curate/gold/").content.decode()
    assert "not shown yet" in page and "Make gold" not in page
    cora.post(f"/curate/gold/{gold.pk}/retire/")
    assert "Make gold" in cora.get("/curate/gold/").content.decode()
    drawn = resolve(world)
    assert "drawn by people" in cora.post(f"/curate/gold/make/{drawn.pk}/", follow=True).content.decode()
    assert cora.get("/curate/gold/?vertical=nowhere").status_code == 404


def test_a_campaign_is_told_how_to_measure(world: World, busy: Campaign) -> None:
    cora, path = signed_in(world.cora), f"/curate/campaigns/{busy.pk}/quality/"
    assert 'value="30.0"' in cora.get(path).content.decode()
    form = {
        "sure_at": "85",
        "more_eyes": 2,
        "gold_share": "10",
        "trick_share": "60",
        "pass_score": "75",
        "entry_test": 5,
    }
    cora.post(path, form)
    busy.refresh_from_db()
    assert (busy.sure_at, busy.more_eyes, busy.gold_share, busy.trick_share, busy.pass_score, busy.entry_test) == (
        0.85, 2, 0.1, 0.6, 0.75, 5,
    )  # fmt: skip
    assert cora.post(path, form | {"gold_share": "80"}).status_code == 400
    cora.post(path, form | {"pass_score": "", "entry_test": 5})
    busy.refresh_from_db()
    assert busy.pass_score == 0.75
    assert AuditEvent.objects.filter(verb="campaign quality set", actor=world.cora).exists()


def test_the_people_page_costs_the_same_for_many(world: World, busy: Campaign) -> None:
    cora, numbers = signed_in(world.cora), []
    for size in (0, 5):
        for n in range(size):
            third = annotator(f"more-{n}")
            Assignment.objects.create(
                campaign=busy, scene=proposed_scene(world, f"more-{n}")[0].scene, slot=0, annotator=third,
                state="submitted", settled=True,
            )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            assert cora.get(f"/curate/people/?campaign={busy.pk}").status_code == 200
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


def test_a_test_is_taken_and_its_lessons_are_ones_own(world: World) -> None:
    for n in range(3):
        gold_scene(world, f"gold-{n}")
    campaign = measured(world, pass_score=0.7, entry_test=2)
    ann = signed_in(world.ann)
    assert "begins with a test" in ann.get("/annotate/").content.decode()
    assert ann.post(f"/annotate/{campaign.pk}/test/").headers["Location"] == f"/annotate/{campaign.pk}/"
    visit(world.ann, campaign, product=world.sofas[2].pk)
    lessons = ann.get(f"/annotate/{campaign.pk}/lessons/").content.decode()
    assert "wrong</span>" in lessons and world.sofas[2].title in lessons and world.sofas[0].title in lessons
    arifs = signed_in(world.arif).get(f"/annotate/{campaign.pk}/lessons/").content.decode()
    assert world.sofas[2].title not in arifs and "Nothing here yet" in arifs
    for outsider in (world.cora, world.bram):
        assert signed_in(outsider).get(f"/annotate/{campaign.pk}/lessons/").status_code == 404
        assert signed_in(outsider).post(f"/annotate/{campaign.pk}/test/").status_code == 404
    assert Client().post(f"/annotate/{campaign.pk}/test/").status_code == 302
    assert ann.get("/annotate/999999/lessons/").status_code == 404
    other = measured(world)
    assert "asks for no test" in ann.post(f"/annotate/{other.pk}/test/", follow=True).content.decode()


def test_lessons_hold_no_gold_of_the_work(world: World, busy: Campaign) -> None:
    assert Mark.objects.filter(annotator=world.ann).exists()
    page = signed_in(world.ann).get(f"/annotate/{busy.pk}/lessons/").content.decode()
    assert "Nothing here yet" in page


def test_a_seat_given_back_is_told_with_a_burst_too(world: World) -> None:
    campaign = measured(world, scenes=2, kinds=("match_burst",), gold_share=0.0)
    seat = visit(world.ann, campaign)
    settle_waiting()
    assert seat is not None
    work_return(assignment=seat, actor=world.cora, reason="Look again.")
    page: Any = signed_in(world.ann).get("/annotate/")
    assert "Returned to you: Sofa" in page.content.decode()
