"""What a scan found is written exactly once."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from labeling.inference.findings import Finding
from labeling.inference.models import Proposal, Scan
from labeling.inference.services import scan_fail, scan_record
from models_ml.types import Box, Detection, Match
from tests.world import World


@pytest.fixture
def scan(world: World) -> Scan:
    return Scan.objects.create(scene=world.other_scene, detector=world.detector, embedder=world.embedder)


BOX = Box(0.1, 0.2, 0.3, 0.4)


def finding(world: World, box: Box = BOX) -> Finding:
    matches = [Match(world.sofas[0].pk, 0.9, 1), Match(10**9, 0.8, 2), Match(world.sofas[1].pk, 0.7, 3)]
    return Finding(Detection(box, "couch", 0.5), "sofa", matches)


def test_it_works(world: World, scan: Scan) -> None:
    assert scan_record(scan_id=scan.pk, findings=[finding(world)])
    proposal = Proposal.objects.get(scan=scan)
    assert (proposal.box, proposal.category, proposal.detector_class) == (Box(0.1, 0.2, 0.3, 0.4), world.sofa, "couch")
    scan.refresh_from_db()
    assert scan.state == Scan.State.DONE and scan.finished_at


def test_a_product_that_is_gone_is_left_out(world: World, scan: Scan) -> None:
    scan_record(scan_id=scan.pk, findings=[finding(world)])
    slate = Proposal.objects.get(scan=scan).candidates.values_list("product_id", "rank")
    assert list(slate) == [(world.sofas[0].pk, 1), (world.sofas[1].pk, 2)]


def test_twice_is_once(world: World, scan: Scan) -> None:
    scan_record(scan_id=scan.pk, findings=[finding(world)])
    assert not scan_record(scan_id=scan.pk, findings=[finding(world), finding(world)])
    assert Proposal.objects.filter(scan=scan).count() == 1


def test_nothing_found_is_done_too(world: World, scan: Scan) -> None:
    assert scan_record(scan_id=scan.pk, findings=[])
    scan.refresh_from_db()
    assert scan.state == Scan.State.DONE


def test_all_or_nothing(world: World, scan: Scan) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        scan_record(scan_id=scan.pk, findings=[finding(world), finding(world, Box(0.5, 0.5, 0.4, 0.6))])
    scan.refresh_from_db()
    assert scan.state == Scan.State.WAITING and not scan.proposals.exists()


def test_done_stays_done(world: World, scan: Scan) -> None:
    scan_record(scan_id=scan.pk, findings=[])
    scan_fail(scan_id=scan.pk, error="late")
    scan.refresh_from_db()
    assert (scan.state, scan.error) == (Scan.State.DONE, "")
