from django.apps import AppConfig


class TagsConfig(AppConfig):
    name = "labeling.tags"
    label = "tags"
