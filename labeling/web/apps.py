from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "labeling.web"
    label = "web"
