"""Proof of a place, looked for on a real server."""

from __future__ import annotations

from typing import Any

import pytest

from labeling.brands.models import DomainClaim
from labeling.brands.services import claim_open
from labeling.brands.tasks import check_claim
from labeling.brands.verification import file_path, meta_tag, meta_tokens, proof_find
from tests.labeling.common.servers import page, server
from tests.world import World

TOKEN = "0123456789abcdef"


def test_it_works(settings: Any) -> None:
    with server({file_path(TOKEN): page(f"{TOKEN}\n")}) as address:
        settings.EGRESS_TEST_HOSTS = {"bram.example": address}
        finding = proof_find(domain="bram.example", path="", token=TOKEN)
    assert finding.proven
    assert finding.words == f"Found the file at http://bram.example{file_path(TOKEN)}."


def test_the_meta_tag_of_a_path(settings: Any) -> None:
    with server({"/uk/": page(f"<html><head>{meta_tag(TOKEN)}</head></html>")}) as address:
        settings.EGRESS_TEST_HOSTS = {"bram.example": address}
        assert proof_find(domain="bram.example", path="/uk", token=TOKEN).proven
        assert not proof_find(domain="bram.example", path="", token=TOKEN).proven


@pytest.mark.parametrize(
    "body",
    [
        f"<html><head></head><body>{meta_tag(TOKEN)}</body></html>",
        f"<html><head>{meta_tag('another')}</head></html>",
        f"<html><head><!-- {meta_tag(TOKEN)} --></head></html>",
        f"<html><head><title>{TOKEN}</title></head></html>",
    ],
)
def test_what_is_no_proof(body: str, settings: Any) -> None:
    assert TOKEN not in meta_tokens(body)
    with server({"/": page(body), file_path(TOKEN): page(f"say {TOKEN}")}) as address:
        settings.EGRESS_TEST_HOSTS = {"bram.example": address}
        finding = proof_find(domain="bram.example", path="", token=TOKEN)
    assert not finding.proven
    assert meta_tag(TOKEN) in finding.words
    assert "answered 200 without the meta tag" in finding.words


def test_an_error_page_with_the_token_is_no_proof(settings: Any) -> None:
    with server({file_path(TOKEN): page(TOKEN, status=404)}) as address:
        settings.EGRESS_TEST_HOSTS = {"bram.example": address}
        assert not proof_find(domain="bram.example", path="", token=TOKEN).proven


def test_the_task_writes_down_what_it_found(world: World, settings: Any) -> None:
    claim = claim_open(owner=world.bram, place="bram.example")
    with server({file_path(claim.token): page(claim.token)}) as address:
        settings.EGRESS_TEST_HOSTS = {"bram.example": address}
        check_claim(claim.pk)
        check_claim(claim.pk)
    claim.refresh_from_db()
    assert (claim.state, claim.attempts) == (DomainClaim.State.VERIFIED, 1)
