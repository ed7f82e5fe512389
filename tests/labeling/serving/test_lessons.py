"""What a version is judged by has no part in what it is taught: as if the looks that are held out had never been."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from labeling.catalog.models import Vertical
from labeling.serving.lessons import known_of
from labeling.serving.models import EngagementEvent, ProductRecord, RankerState, TagRecord
from labeling.serving.ranker import worth
from labeling.serving.records import records_of
from labeling.serving.services import ranker_learn
from labeling.tags.models import Tag, TagEvent
from tests.labeling.serving.test_fitting import crowd
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

HELD = ("0", "1", "2")
"""The first digits of the looks that are held out."""
HIDE = """
INSERT INTO serving_engagementevent (client_uuid, kind, void, look, served_on, scene_id, tag_id, product_id, position,
    propensity, chance, arm, visitor, created_at)
SELECT gen_random_uuid(), 'hide', '', look, served_on, scene_id, tag_id, product_id, position, propensity, chance, '', 'v', now()
FROM serving_engagementevent WHERE kind = 'impression' AND position = 2 AND right(look::text, 1) < '8'
"""


def hide() -> None:
    """Half of those who see something second hide it."""
    with connection.cursor() as cursor:
        cursor.execute(HIDE)


def test_what_is_taught_is_what_a_log_without_the_held_out_looks_would_teach(world: World) -> None:
    tags = crowd(world, scenes=3)
    hide()
    ranker_learn(vertical=world.vertical)
    now = timezone.now()
    known = known_of(vertical=world.vertical, now=now)
    taught = {lesson.offer.tag: lesson.record for lesson in known.teaching}
    for model in (RankerState, TagRecord, ProductRecord):
        model.objects.all().delete()
    gone = [event.pk for event in EngagementEvent.objects.all() if str(event.look)[0] in HELD]
    assert EngagementEvent.objects.filter(pk__in=gone, kind="hide").exists()
    EngagementEvent.objects.filter(pk__in=gone).delete()
    ranker_learn(vertical=world.vertical)
    anew = records_of(tags=[tag.pk for tag in tags], now=now)
    assert len(anew) == 6
    for tag, record in anew.items():
        assert taught[tag][:4] == pytest.approx(record[:4], rel=1e-6)
        assert min(record.seen, record.taken, record.seen_elsewhere, record.taken_elsewhere) > 0


def judged() -> set[int]:
    """The tags that what is held out says anything of."""
    known = known_of(vertical=Vertical.objects.get(), now=timezone.now())
    return {each.tag for held in known.held for each in held.impressions}


def test_what_was_done_to_another_product_of_a_tag_judges_nothing(world: World) -> None:
    tags = crowd(world, scenes=2)
    ranker_learn(vertical=world.vertical)
    assert judged() == {tag.pk for tag in tags}
    tags[0].product = world.sofas[2]
    tags[0].save()
    assert judged() == {tags[2].pk, tags[3].pk}
    known = known_of(vertical=world.vertical, now=timezone.now())
    (lesson,) = [lesson for lesson in known.teaching if lesson.offer.tag == tags[0].pk]
    assert lesson.record[:4] == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("change", ["gone", "new", "back"])
def test_looks_of_other_tags_than_a_look_holds_now_judge_nothing(world: World, change: str) -> None:
    tags = crowd(world, scenes=2)
    ranker_learn(vertical=world.vertical)
    if change == "gone":
        Tag.objects.filter(pk=tags[0].pk).update(state="hidden")
    elif change == "new":
        Tag.objects.create(
            scene=tags[0].scene, category=world.sofa, product=world.sofas[2], grade="exact", source="model", state="live",
            reason="sure", confidence=0.7, left=0.1, top=0.6, right=0.4, bottom=0.9,
        )  # fmt: skip
    else:
        TagEvent.objects.create(tag=tags[0], cause="owner", state="live", product=tags[0].product, reason="back again")
    assert judged() == {tags[2].pk, tags[3].pk}


def test_a_look_is_known_in_full_where_only_some_of_it_was_seen(world: World) -> None:
    first, second = crowd(world, scenes=1)
    EngagementEvent.objects.filter(position=2).delete()
    ranker_learn(vertical=world.vertical)
    (held,) = known_of(vertical=world.vertical, now=timezone.now()).held
    assert {offer.tag for offer in held.offers} == set(held.records) == {first.pk, second.pk}
    assert {each.position for each in held.impressions} == {1}
    # Nobody's order is judged by the looks in which what it puts first stood second and was not seen.
    usual = worth([held], None)
    mine = [each.reward for each in held.impressions if each.tag == first.pk]
    assert usual.mean == pytest.approx(sum(mine) / len(mine))
    assert usual.effective == pytest.approx(len(mine))
    assert len(mine) < usual.impressions == len(held.impressions)
