from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "labeling.common"
    label = "common"
