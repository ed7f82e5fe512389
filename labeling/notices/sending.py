"""Putting a notice on its way: a signed POST that goes to public addresses alone, or a mail."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail

from labeling.common.egress import EgressRefused, post
from labeling.notices.signing import HEADER, signature


@dataclass(frozen=True, slots=True)
class Parcel:
    """One notice as it goes out; ``secrets`` are those that sign it, the newest first."""

    notice: int
    uuid: str
    kind: str
    address: str
    secrets: tuple[str, ...]
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the other side took it; ``final`` where asking again makes no sense. ``status`` is that of HTTP."""

    taken: bool
    finding: str
    status: int | None = None
    final: bool = False


def parcel_send(parcel: Parcel) -> Outcome:
    """Send once. Never raises for what the other side does."""
    return _mail(parcel) if parcel.kind == "email" else _post(parcel)


def _post(parcel: Parcel) -> Outcome:
    body = json.dumps({"id": parcel.uuid, **parcel.body}, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        HEADER: signature(secrets=parcel.secrets, body=body, at=int(time.time())),
        "Looktag-Notice": parcel.uuid,
    }
    try:
        answer = post(parcel.address, body, headers=headers)
    except EgressRefused as error:
        return Outcome(False, error.message)
    taken = 200 <= answer.status < 300
    return Outcome(taken, f"{parcel.address} answered {answer.status}.", answer.status, final=answer.status == 410)


def _mail(parcel: Parcel) -> Outcome:
    if not settings.EMAIL_HOST:
        return Outcome(False, "No mail server is set. Name one: LOOKTAG_EMAIL_HOST.")
    try:
        send_mail(str(parcel.body["title"]), str(parcel.body["text"]), settings.DEFAULT_FROM_EMAIL, [parcel.address])
    except (OSError, SMTPException) as error:
        return Outcome(False, f"The mail server did not take it ({error}).")
    return Outcome(True, f"Mailed to {parcel.address}.")
