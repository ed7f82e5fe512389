"""The pages."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import URLPattern, URLResolver, path

from labeling.web import annotate, home, media

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path(
        "login/",
        LoginView.as_view(template_name="accounts/login.html", redirect_authenticated_user=True),
        name="login",
    ),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("media/<path:path>", media.media, name="media"),
    path("annotate/", annotate.annotate_home, name="annotate-home"),
    path("annotate/<int:campaign_id>/", annotate.annotate_campaign, name="annotate-campaign"),
]
