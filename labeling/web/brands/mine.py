"""What is a brand owner's own; anybody else's is not there."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from labeling.brands.models import DomainClaim
from labeling.brands.selectors import claims_of
from labeling.web.access import person


def claim_mine(request: HttpRequest, claim_id: int) -> DomainClaim:
    """A claim of the person who asks. Raises ``Http404``."""
    return get_object_or_404(claims_of(owner=person(request)), pk=claim_id)
