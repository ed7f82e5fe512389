from django.apps import AppConfig


class BrandsConfig(AppConfig):
    name = "labeling.brands"
    label = "brands"
