"""Learning from engagement, seconds after it happened; and asking people first where shoppers look."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from labeling.annotation.selectors import campaigns_by_worth, campaigns_to_feed
from labeling.catalog.models import Vertical
from labeling.common.jobs import jobs_to_nudge
from labeling.inference.findings import Refusal
from labeling.inference.selectors import class_categories, live_versions
from labeling.serving import desk, selectors, services
from labeling.serving.experiments import experiments_running
from labeling.serving.stakes import tags_at_stake
from labeling.tags.services import audits_add, objects_offer_best, work_order

OFFERED_AT_ONCE = 240
"""Objects that a campaign of bursts is given when it has none left: ten bursts."""


@shared_task
def learn_live() -> None:
    """Take new events of every vertical into its live ranking."""
    for vertical in Vertical.objects.all():
        services.ranker_learn(vertical=vertical)


@shared_task
def fit_rankings() -> None:
    """Fit a new version of every vertical's ranking where there is something new; the guards decide whether it serves.

    Fits to a snapshot that wait, or whose worker was lost, are nudged."""
    for vertical in Vertical.objects.all():
        services.ranker_fit(vertical=vertical)
    for job_id in jobs_to_nudge(kinds=[services.FIT]):
        fit_to_snapshot.delay_on_commit(job_id)


@shared_task
def fit_to_snapshot(job_id: int) -> None:
    """Fit the version that a job asks for to its snapshot."""
    services.fit_run(job_id=job_id)


@shared_task
def measure_experiments() -> None:
    """Count what visitors of the experiments that run did since the last time."""
    for experiment in experiments_running():
        services.experiment_measure(experiment=experiment)


@shared_task
def order_work() -> None:
    """Give campaigns that live by what work is worth new objects where they run out, and bring what waits into order.

    Of several verticals that the same people work for, the one where their next decisions bring most scenes a tag.
    """
    open_now = [campaign for campaign, _ in campaigns_by_worth()]
    traffic = {
        vertical.pk: selectors.traffic_of(vertical=vertical) for vertical in {each.vertical for each in open_now}
    }
    for group in campaigns_to_feed():
        objects_offer_best(campaigns=group, count=OFFERED_AT_ONCE, traffic=traffic)
    for campaign in open_now:
        work_order(campaign=campaign, traffic=traffic[campaign.vertical_id])


@shared_task
def ask_where_shoppers_look() -> None:
    """Have people judge, blind, the tags on which most of the ranking hangs, before clicks may move them far."""
    for vertical in Vertical.objects.all():
        audits_add(vertical=vertical, tags=tags_at_stake(vertical=vertical))


@shared_task
def keep_months() -> None:
    """Make the coming months of the table of events, and drop those that are no longer kept."""
    today = timezone.now().date()
    services.partitions_make(today=today)
    services.partitions_drop(today=today, months=settings.EVENTS_MONTHS)


@shared_task
def answer_query(name: str, vertical_id: int, aspect: float) -> None:
    """Look at the picture of somebody who waits; where they have left, there is nothing to do."""
    from labeling.inference import runtime

    picture = desk.picture_fetch(name)
    if picture is None:
        return
    try:
        vertical = Vertical.objects.get(pk=vertical_id)
        live = live_versions(vertical)
        if live is None or live.index is None:
            desk.answer_give(name, {"failed": f"No live models look at {vertical.name} yet."})
            return
        found = runtime.look_at(
            picture,
            detector=live.detector,
            embedder=live.embedder,
            index=live.index,
            categories=class_categories(vertical),
        )
        if isinstance(found, Refusal):
            desk.answer_give(name, {"refused": found.reason})
            return
        answer = services.picture_answer(vertical=vertical, found=found, aspect=aspect)
    except Exception:
        # Whoever waits is told at once, and the worker's log says why.
        desk.answer_give(name, {"failed": "The picture could not be looked at."})
        raise
    versions = {"detector": live.detector.number, "embedder": live.embedder.number, "index": live.index.pk}
    desk.answer_give(name, {**answer, "versions": versions})
