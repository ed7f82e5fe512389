"""Signatures of webhooks: HMAC-SHA256 over the moment and the body, as Stripe's scheme has it. Pure.

A receiver takes ``t`` and every ``v1`` from the header, computes the HMAC of ``"{t}.{body}"`` under its secret, compares in
constant time with each ``v1``, and refuses moments that lie too far back.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

HEADER = "Looktag-Signature"


def signature(*, secrets: Sequence[str], body: bytes, at: int) -> str:
    """The header's value, ``t=<seconds since 1970>,v1=<hex>``, with one ``v1`` for each secret that is valid now."""
    signed = str(at).encode() + b"." + body
    made = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={each}" for each in made)])
