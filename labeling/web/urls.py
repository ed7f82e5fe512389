"""The pages."""

from django.contrib.auth.views import LoginView, LogoutView
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from labeling.web import annotate, home, judge, looks, media, tags
from labeling.web.brands import claims, contests, insight, notices, review
from labeling.web.curate import automation, campaigns, coverage, overview, pairs, runs, snapshots

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path(
        "login/",
        LoginView.as_view(template_name="accounts/login.html", redirect_authenticated_user=True),
        name="login",
    ),
    path("logout/", LogoutView.as_view(), name="logout"),
    # The admin's pages name no icon, and browsers then ask for this one.
    path("favicon.ico", RedirectView.as_view(url=static("img/mark.svg")), name="favicon"),
    path("media/<path:path>", media.media, name="media"),
    path("annotate/", annotate.annotate_home, name="annotate-home"),
    path("annotate/<int:campaign_id>/", annotate.annotate_campaign, name="annotate-campaign"),
    path("looks/", looks.looks_home, name="looks-home"),
    path("looks/<int:scene_id>/", looks.look, name="look"),
    path("judge/", judge.judge_home, name="judge-home"),
    path("judge/<int:set_id>/", judge.judge_set, name="judge-set"),
    path("judge/<int:set_id>/grade/", judge.judge_grade, name="judge-grade"),
    path("curate/", overview.curate_home, name="curate-home"),
    path("curate/campaigns/", campaigns.curate_campaigns, name="curate-campaigns"),
    path("curate/campaigns/open/", campaigns.curate_campaign, name="curate-campaign"),
    path("curate/campaigns/<int:campaign_id>/state/", campaigns.curate_campaign_state, name="curate-campaign-state"),
    path("curate/remarks/", campaigns.curate_remarks, name="curate-remarks"),
    path("curate/verticals/<int:vertical_id>/propose/", overview.curate_propose, name="curate-propose"),
    path("curate/pairs/", pairs.curate_pairs, name="curate-pairs"),
    path("curate/pairs/export/<slug:format_name>/", pairs.curate_export, name="curate-export"),
    path("curate/pairs/<int:pair_id>/withdraw/", pairs.curate_pair_withdraw, name="curate-pair-withdraw"),
    path("curate/pairs/<int:pair_id>/readmit/", pairs.curate_pair_readmit, name="curate-pair-readmit"),
    path("curate/snapshots/", snapshots.curate_snapshots, name="curate-snapshots"),
    path("curate/snapshots/freeze/", snapshots.curate_freeze, name="curate-freeze"),
    path("curate/runs/", runs.curate_runs, name="curate-runs"),
    path("curate/runs/start/", runs.curate_run_start, name="curate-run-start"),
    path("curate/runs/<int:run_id>/cancel/", runs.curate_run_cancel, name="curate-run-cancel"),
    path("curate/runs/<int:run_id>/promote/", runs.curate_run_promote, name="curate-run-promote"),
    path("curate/coverage/", coverage.curate_coverage, name="curate-coverage"),
    path("curate/tags/<int:tag_id>/", tags.curate_tag, name="curate-tag"),
    path("curate/automation/", automation.curate_automation, name="curate-automation"),
    path("curate/automation/<int:vertical_id>/", automation.curate_automation_set, name="curate-automation-set"),
    path("brands/", claims.brands_home, name="brands-home"),
    path("brands/claim/", claims.brands_claim, name="brands-claim"),
    path("contests/", contests.brands_contests, name="brands-contests"),
    path("contests/<int:claim_id>/", contests.brands_decide, name="brands-decide"),
    path("brands/<int:claim_id>/", claims.brands_place, name="brands-place"),
    path("brands/<int:claim_id>/check/", claims.brands_check, name="brands-check"),
    path("brands/<int:claim_id>/renew/", claims.brands_renew, name="brands-renew"),
    path("brands/<int:claim_id>/policy/", claims.brands_policy, name="brands-policy"),
    path("brands/<int:claim_id>/withdraw/", claims.brands_withdraw, name="brands-withdraw"),
    path("brands/<int:claim_id>/tags/", review.brands_tags, name="brands-tags"),
    path("brands/<int:claim_id>/insight/", insight.brands_insight, name="brands-insight"),
    path("brands/<int:claim_id>/insight/<slug:table>.csv", insight.brands_table, name="brands-table"),
    path("brands/<int:claim_id>/rulings/", insight.brands_rulings, name="brands-rulings"),
    path("brands/<int:claim_id>/notices/", notices.brands_notices, name="brands-notices"),
    path("brands/<int:claim_id>/notices/open/", notices.brands_channel_open, name="brands-channel-open"),
    path("brands/channels/<int:channel_id>/rotate/", notices.brands_channel_rotate, name="brands-channel-rotate"),
    path("brands/channels/<int:channel_id>/close/", notices.brands_channel_close, name="brands-channel-close"),
    path("brands/notices/<int:notice_id>/replay/", notices.brands_notice_replay, name="brands-notice-replay"),
    path("brands/tags/<int:tag_id>/history/", tags.brands_tag, name="brands-tag"),
]
