"""Many pairs are withdrawn or admitted at one go and put back at one go; what others did meanwhile is left alone."""

from __future__ import annotations

import pytest

from labeling.common.errors import ApplicationError, ConflictError
from labeling.datasets.models import Curation, Pair
from labeling.datasets.selectors import curation_last
from labeling.datasets.services import curation_undo, curations, pairs_curate
from tests.labeling.datasets.pairing import plain
from tests.world import World


def standing() -> list[tuple[object, ...]]:
    return list(Pair.objects.order_by("pk").values_list("pk", "withdrawn_at", "withdrawn_by", "overruled"))


def test_it_works(world: World) -> None:
    pairs = plain(world, 4)
    before = standing()
    keys = [pair.pk for pair in pairs[:3]]
    done = pairs_curate(pairs=keys, verb="withdraw", actor=world.cora)
    withdrawn = Pair.objects.exclude(withdrawn_at=None)
    assert {pair.pk for pair in withdrawn} == set(keys) and {pair.withdrawn_by for pair in withdrawn} == {world.cora}
    assert curation_last(actor=world.cora) == done and curation_last(actor=world.sana) is None
    assert curation_undo(curation=done, actor=world.cora) == 3
    assert standing() == before and curation_last(actor=world.cora) is None
    # Undone twice is undone once.
    assert curation_undo(curation=done, actor=world.cora) == 0


def test_what_is_to_be_put_back_is_not_loaded_to_be_counted(world: World) -> None:
    keys = [pair.pk for pair in plain(world, 3)]
    pairs_curate(pairs=keys, verb="withdraw", actor=world.cora)
    last = curation_last(actor=world.cora)
    assert last is not None and last.pairs == 3 and last.get_deferred_fields() == {"before"}  # type: ignore[attr-defined]


def test_admitting_is_undone_to_who_and_when(world: World) -> None:
    pairs = plain(world, 2)
    pairs_curate(pairs=[pairs[0].pk], verb="withdraw", actor=world.sana)
    pairs_curate(pairs=[pairs[1].pk], verb="withdraw", actor=world.cora)
    before = standing()
    done = pairs_curate(pairs=[pair.pk for pair in pairs], verb="admit", actor=world.cora)
    assert not Pair.objects.exclude(withdrawn_at=None).exists()
    assert curation_undo(curation=done, actor=world.cora) == 2
    assert standing() == before


def test_what_others_did_meanwhile_stays(world: World) -> None:
    pairs = plain(world, 3)
    keys = [pair.pk for pair in pairs]
    done = pairs_curate(pairs=keys, verb="withdraw", actor=world.cora)
    pairs_curate(pairs=keys[:1], verb="admit", actor=world.sana)
    pairs_curate(pairs=keys[1:2], verb="admit", actor=world.sana)
    pairs_curate(pairs=keys[1:2], verb="withdraw", actor=world.sana)
    assert curation_undo(curation=done, actor=world.cora) == 1
    withdrawn = Pair.objects.exclude(withdrawn_at=None).get()
    assert (withdrawn.pk, withdrawn.withdrawn_by) == (keys[1], world.sana)


def test_those_that_stand_so_already_are_left_alone(world: World) -> None:
    pairs = plain(world, 2)
    first = pairs_curate(pairs=[pairs[0].pk], verb="withdraw", actor=world.sana)
    second = pairs_curate(pairs=[pair.pk for pair in pairs], verb="withdraw", actor=world.cora)
    assert [each[0] for each in second.before] == [pairs[1].pk]
    with pytest.raises(ConflictError, match="somebody was there first"):
        pairs_curate(pairs=[pair.pk for pair in pairs], verb="withdraw", actor=world.cora)
    curation_undo(curation=second, actor=world.cora)
    assert Pair.objects.exclude(withdrawn_at=None).get().withdrawn_by == world.sana
    assert Curation.objects.count() == 2 and first.undone_at is None


def test_too_many_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curations, "AT_ONCE", 2)
    pairs = plain(world, 3)
    with pytest.raises(ApplicationError, match="more than 2 at once"):
        pairs_curate(pairs=[pair.pk for pair in pairs], verb="withdraw", actor=world.cora)
    assert not Pair.objects.exclude(withdrawn_at=None).exists()
