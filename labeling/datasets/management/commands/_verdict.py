"""What a simulated campaign was worth, judged by the truth it never saw. Shares no code with the consensus."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from scipy.stats import spearmanr

from labeling.annotation.models import Annotation, Dispute, Mark, Resolution, Skill, Standing, Verdict
from labeling.datasets.management.commands._simulation import Simulation
from showroom.people import ON_IT, Rect, Thing, overlap


class Word(NamedTuple):
    """What was said of one object, or came of what was said; ids of rows stand for themselves."""

    accepted: bool
    box: Rect
    category: str | None
    product: str | None


def verdict(simulation: Simulation) -> dict[str, object]:
    """Shares of objects that are right: by consensus, by majority, and as single people say; and how people were measured."""
    words = _words(simulation)
    came_to = {
        resolution.proposal_id or 0: Word(
            resolution.accepted,
            resolution.box,
            resolution.category.slug if resolution.category else None,
            resolution.product.external_id if resolution.product else None,
        )
        for resolution in Resolution.objects.filter(
            campaign=simulation.campaign, proposal__isnull=False
        ).select_related("category", "product")
    }
    scenes = dict(Annotation.objects.filter(campaign=simulation.campaign).values_list("proposal", "scene"))
    things = {proposal: simulation.truths[scenes[proposal]] for proposal in words}
    n, first = len(words), simulation.world.overlap
    right = {proposal for proposal, word in came_to.items() if is_right(word, things[proposal])}
    every = {proposal for proposal, said in words.items() if is_right(majority(said), things[proposal])}
    early = sum(is_right(majority(said[:first]), things[proposal]) for proposal, said in words.items())
    single = [is_right(word, things[proposal]) for proposal, said in words.items() for _, word in said]
    paused = Standing.objects.filter(campaign=simulation.campaign, state="paused")
    return {
        "consensus": round(len(right) / len(came_to), 4),
        "majority_of_the_same": round(len(every & came_to.keys()) / len(came_to), 4),
        "settled": round(len(came_to) / n, 4),
        "consensus_open_as_wrong": round(len(right) / n, 4),
        "majority": round(len(every) / n, 4),
        "majority_of_first": round(early / n, 4),
        "single": round(sum(single) / len(single), 4),
        "skill_rank_correlation": round(_rank_correlation(simulation, words, things), 4),
        "paused": sorted(_name(each.annotator.username) for each in paused.select_related("annotator")),
        "marks": Mark.objects.filter(campaign=simulation.campaign).count(),
        "objects": n,
        "scenes": simulation.world.scenes,
        "answers": len(single),
        "submissions": simulation.submissions,
        "unsettled": n - len(came_to),
        "disputes": Dispute.objects.filter(campaign=simulation.campaign, ruled_at=None).count(),
        "people": _people(simulation, words, things),
    }


def majority(said: Sequence[tuple[str, Word]]) -> Word:
    """What most say, one vote each; of as many the earlier."""
    words = [word for _, word in said]
    yes = [word for word in words if word.accepted]
    if 2 * len(yes) <= len(words):
        return next((word for word in words if not word.accepted), words[0])
    category = Counter(word.category for word in yes).most_common(1)[0][0]
    product = Counter(word.product for word in yes if word.category == category).most_common(1)[0][0]
    boxes = [word.box for word in yes]
    middle = sorted(boxes, key=lambda box: -sum(overlap(box, other) for other in boxes))[0]
    return Word(True, middle, category, product)


def is_right(word: Word, things: Sequence[Thing]) -> bool:
    """Whether a word is true of its scene: nothing there and rejected, or the box, category and product of one object."""
    near = max(things, key=lambda thing: overlap(thing.box, word.box), default=None)
    if near is None or overlap(near.box, word.box) < ON_IT:
        return not word.accepted
    return word.accepted and word.category == near.category and word.product == near.product


def _words(simulation: Simulation) -> dict[int, list[tuple[str, Word]]]:
    """What people said of each proposal, in the order they said it; gold left out."""
    said = Annotation.objects.filter(campaign=simulation.campaign, planted=False, proposal__isnull=False)
    words: dict[int, list[tuple[str, Word]]] = defaultdict(list)
    for each in said.select_related("category", "product", "annotator", "proposal").order_by("pk"):
        assert each.proposal_id is not None
        word = Word(
            each.verdict != Verdict.REJECTED,
            each.box,
            each.category.slug if each.category else None,
            each.product.external_id if each.product else None,
        )
        words[each.proposal_id].append((_name(each.annotator.username), word))
    return dict(words)


def _accuracy(words: dict[int, list[tuple[str, Word]]], things: dict[int, list[Thing]]) -> dict[str, tuple[float, int]]:
    """How often each person was right, and of how many answers."""
    right: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for proposal, answers in words.items():
        for name, word in answers:
            said[name] += 1
            right[name] += is_right(word, things[proposal])
    return {name: (right[name] / count, count) for name, count in said.items()}


def _estimates(simulation: Simulation) -> dict[str, float]:
    """The measured skill of each person: the mean over questions of how surely they keep the right and catch the wrong."""
    skills: dict[str, list[float]] = defaultdict(list)
    for skill in Skill.objects.filter(vertical=simulation.vertical).select_related("annotator"):
        skills[_name(skill.annotator.username)].append((skill.keep + skill.catch) / 2)
    return {name: sum(values) / len(values) for name, values in skills.items()}


def _rank_correlation(
    simulation: Simulation, words: dict[int, list[tuple[str, Word]]], things: dict[int, list[Thing]]
) -> float:
    """Spearman's, between the measured skill of people and how often they truly were right."""
    true, measured = _accuracy(words, things), _estimates(simulation)
    names = sorted(true)
    return float(spearmanr([measured[name] for name in names], [true[name][0] for name in names]).statistic)


def _people(
    simulation: Simulation, words: dict[int, list[tuple[str, Word]]], things: dict[int, list[Thing]]
) -> dict[str, dict[str, float]]:
    measured = _estimates(simulation)
    return {
        name: {"right": round(right, 3), "answers": count, "skill": round(measured[name], 3)}
        for name, (right, count) in sorted(_accuracy(words, things).items())
    }


def _name(username: str) -> str:
    """The person's name in the world, without the vertical's."""
    return username.split("-", 2)[2]
