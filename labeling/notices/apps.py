from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "labeling.notices"
    label = "notices"
