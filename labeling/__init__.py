"""The Django side of Looktag."""

from labeling.celery import app as celery_app

__all__ = ["celery_app"]
