"""What a version is judged by has no part in what it is taught: as if the looks that are held out had never been."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from labeling.serving.lessons import known_of
from labeling.serving.models import EngagementEvent, ProductRecord, RankerState, TagRecord
from labeling.serving.records import records_of
from labeling.serving.services import ranker_learn
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


def test_what_was_done_to_another_product_of_a_tag_judges_nothing(world: World) -> None:
    tag = crowd(world, scenes=1)[0]
    ranker_learn(vertical=world.vertical)
    tag.product = world.sofas[2]
    tag.save()
    known = known_of(vertical=world.vertical, now=timezone.now())
    assert known.looks
    assert tag.pk not in {each.offer.tag for look in known.looks for each in look}
    (lesson,) = [lesson for lesson in known.teaching if lesson.offer.tag == tag.pk]
    assert lesson.record[:4] == (0.0, 0.0, 0.0, 0.0)
