"""The curator's page of automation: calibration, proof, audits and the stop; and the notice on the overview."""

from __future__ import annotations

from scipy.stats import beta

from labeling.tags.models import AutomationPolicy
from labeling.tags.services import policy_fit, policy_stop
from labeling.tags.tasks import audit_published
from labeling.web.charts import reliability_dots, time_chart
from tests.labeling.api.desk import signed_in
from tests.labeling.tags.test_audits import audit, publish
from tests.labeling.tags.test_automation import decide_many, switch_on
from tests.labeling.tags.test_wrong_taken import decides, marked
from tests.world import World


def test_it_works(world: World) -> None:
    decide_many(world)
    policy = policy_fit(policy=switch_on(world))
    page = signed_in(world.cora).get("/curate/automation/").content.decode()
    assert page.count('class="chart-dot"') == len(policy.report["bins"])
    assert f"{policy.report['right']} of {policy.report['kept']}, at least" in page
    assert "What it goes by" in page and "margin" in page


def test_what_people_let_pass_is_explained(world: World) -> None:
    decide_many(world)
    policy = policy_fit(policy=switch_on(world))
    cora = signed_in(world.cora)
    page = cora.get("/curate/automation/").content.decode()
    seen = 100 * (0.8 + 0.2 * (0.05 + 0.95 * 0.05**2))
    assert "5.0 % supposed, with 0 of 0 on gold" in page and f"{seen:.2f} % at least" in page
    decides(world, world.ann)
    marked(world, world.ann, taken=2, shown=120)
    policy_fit(policy=policy)
    page = cora.get("/curate/automation/").content.decode()
    assert f"at most {100 * beta.ppf(0.99, 3, 118):.1f} %, by 2 of 120 on gold" in page
    # What was fitted before this was known of says nothing about it.
    policy.report = {key: policy.report[key] for key in ("bins", "error", "lessons", "tested")}
    policy.save()
    assert "on gold" not in cora.get("/curate/automation/").content.decode()


def test_what_audits_say_is_shown(world: World) -> None:
    publish(world, 6)
    audit_published()
    audit(world, wrong=1)
    page = signed_in(world.cora).get("/curate/automation/").content.decode()
    assert "Evidence of a miss" in page and "Home · Sofa" in page


def test_a_stop_is_told_on_the_overview_until_it_is_switched_on_again(world: World) -> None:
    policy_stop(policy=switch_on(world), reason="audits found 3 of 9 wrong.")
    cora = signed_in(world.cora)
    assert (
        "Automation of Home has stopped by itself: audits found 3 of 9 wrong." in cora.get("/curate/").content.decode()
    )
    switch_on(world)
    assert "has stopped by itself" not in cora.get("/curate/").content.decode()


def test_the_reach_is_set(world: World) -> None:
    form = {"category": "", "enabled": "on", "target": "95", "audit": "5", "reach": "scene"}
    signed_in(world.cora).post(f"/curate/automation/{world.vertical.pk}/", form)
    assert AutomationPolicy.objects.get().reach == "scene"


def test_charts_are_where_their_numbers_say() -> None:
    assert time_chart([], [], most=3) is None
    [dot] = reliability_dots([{"count": 9, "told": 0.5, "right": 1.0}])
    assert (dot.x, dot.y, dot.words) == ("120.0", "36.0", "50% → 100% (9)")
