from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "labeling.training"
    label = "training"
