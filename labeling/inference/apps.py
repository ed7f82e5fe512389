from django.apps import AppConfig


class InferenceConfig(AppConfig):
    name = "labeling.inference"
    label = "inference"
