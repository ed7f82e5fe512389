"""Why a tag stands as it does: everything that led there, from what the models first proposed to now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from labeling.annotation.models import Annotation
from labeling.tags.models import Tag, TagEvent


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened: ``what`` in a few words, ``words`` in full, ``facts`` as (name, value), ``who`` by account.

    ``state`` is how the tag stood afterwards, empty for what came before there was one.
    """

    at: datetime | None
    what: str | Promise
    words: str = ""
    facts: tuple[tuple[str | Promise, str], ...] = ()
    who: str = ""
    state: str = ""


def story_of(*, tag: Tag, names: bool) -> list[Step]:
    """The steps in the order they happened; without ``names`` nobody's account is named but the reader's own kind of act."""
    steps = [*_proposed(tag), *_said(tag, names), *_events(tag, names), *_audited(tag)]
    return sorted(steps, key=lambda step: (step.at is not None, step.at))


def _proposed(tag: Tag) -> list[Step]:
    if tag.proposal is None:
        return []
    scan = tag.proposal.scan
    found: list[tuple[str | Promise, str]] = [
        (_("detector"), f"{scan.detector}, {tag.proposal.score:.2f} sure"),
        (_("class"), tag.proposal.detector_class),
    ]
    slate = list(tag.proposal.candidates.order_by("rank")[:9])
    mine = next((each for each in slate if each.product_id == tag.product_id), None)
    if mine is not None:
        others = [each.score for each in slate if each.rank > mine.rank]
        lead = f", {mine.score - others[0]:.3f} ahead of the next" if others else ""
        found.append((_("embedder"), f"{scan.embedder}: rank {mine.rank}, similarity {mine.score:.3f}{lead}"))
    elif slate:
        found.append((_("embedder"), f"{scan.embedder}: the product was not among the first {len(slate)}"))
    return [Step(scan.finished_at or scan.created_at, _("Proposed by the models"), facts=tuple(found))]


def _said(tag: Tag, names: bool) -> list[Step]:
    if tag.resolution is None:
        return []
    said = tag.resolution.annotations.select_related("annotator", "product", "campaign").order_by("pk")
    return [_decision(each, names) for each in said]


def _decision(said: Annotation, names: bool) -> Step:
    facts: list[tuple[str | Promise, str]] = [(_("campaign"), said.campaign.name)]
    if said.product is not None:
        facts.append((_("product"), f"{said.product.title} ({said.get_grade_display()})"))
    elif said.grade:
        facts.append((_("product"), said.get_grade_display()))
    who = said.annotator.get_username() if names else ""
    return Step(said.created_at, _("Judged by an annotator"), said.get_verdict_display(), tuple(facts), who)


def _events(tag: Tag, names: bool) -> list[Step]:
    events = tag.history.select_related("actor", "product", "policy__category", "policy__vertical").order_by("pk")
    return [_event(tag, event, names) for event in events]


def _event(tag: Tag, event: TagEvent, names: bool) -> Step:
    facts: list[tuple[str | Promise, str]] = []
    if event.policy is not None:
        facts.append((_("policy"), str(event.policy.category or event.policy.vertical)))
    if event.threshold is not None and event.confidence is not None:
        facts.append((_("confidence"), f"{event.confidence:.1%}, threshold {event.threshold:.1%}"))
    if event.product_id != tag.product_id:
        facts.append((_("product"), event.product.title))
    who = event.actor.get_username() if names and event.actor is not None else ""
    return Step(event.created_at, event.get_cause_display(), event.reason, tuple(facts), who, event.state)


def _audited(tag: Tag) -> list[Step]:
    audit = getattr(tag, "audit", None)
    if audit is None:
        return []
    steps = [Step(audit.created_at, _("Picked for a blind audit"))]
    if audit.judged_at is not None:
        steps.append(Step(audit.judged_at, _("Blind audit: right") if audit.correct else _("Blind audit: wrong")))
    return steps
