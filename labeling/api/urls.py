"""The REST addresses."""

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from labeling.api import (
    assignments,
    coverage,
    events,
    history,
    insight,
    looks,
    me,
    pairs,
    people,
    products,
    progress,
    queries,
    retrievals,
    rulings,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("campaigns/<int:campaign_id>/lend/", assignments.Lend.as_view(), name="api-campaign-lend"),
    path("assignments/", history.History.as_view(), name="api-assignments-history"),
    path("assignments/<int:assignment_id>/reopen/", history.Reopen.as_view(), name="api-assignment-reopen"),
    path("assignments/<int:assignment_id>/draft/", assignments.Draft.as_view(), name="api-assignment-draft"),
    path("assignments/<int:assignment_id>/submit/", assignments.Submit.as_view(), name="api-assignment-submit"),
    path("assignments/<int:assignment_id>/skip/", assignments.Skip.as_view(), name="api-assignment-skip"),
    path("assignments/<int:assignment_id>/release/", assignments.Release.as_view(), name="api-assignment-release"),
    path(
        "assignments/<int:assignment_id>/heartbeat/", assignments.Heartbeat.as_view(), name="api-assignment-heartbeat"
    ),
    path("assignments/<int:assignment_id>/retrievals/", retrievals.RetrievalAsk.as_view(), name="api-retrieval-ask"),
    path("retrievals/<int:retrieval_id>/", retrievals.RetrievalAnswer.as_view(), name="api-retrieval-answer"),
    path("campaigns/<int:campaign_id>/people/", people.People.as_view(), name="api-people"),
    path("me/keys/", me.Keys.as_view(), name="api-me-keys"),
    path("me/pace/", me.PaceView.as_view(), name="api-me-pace"),
    path("claims/<int:claim_id>/tags/", rulings.Queue.as_view(), name="api-tags-to-rule"),
    path("claims/<int:claim_id>/insight/", insight.Insight.as_view(), name="api-place-insight"),
    path("claims/<int:claim_id>/rulings/", insight.RulingHistory.as_view(), name="api-place-rulings"),
    path("rulings/", rulings.Rulings.as_view(), name="api-rulings"),
    path("rulings/undo/", rulings.RulingsUndo.as_view(), name="api-rulings-undo"),
    path("products/search/", products.ProductSearch.as_view(), name="api-products-search"),
    path("looks/", looks.LooksView.as_view(), name="api-looks"),
    path("looks/query/", queries.Query.as_view(), name="api-looks-query"),
    path("looks/<int:scene_id>/", looks.LookView.as_view(), name="api-look"),
    path("events/", events.Events.as_view(), name="api-events"),
    path("progress/", progress.Progress.as_view(), name="api-progress"),
    path("coverage/", coverage.CoverageView.as_view(), name="api-coverage"),
    path("pairs/", pairs.Pairs.as_view(), name="api-pairs"),
]
