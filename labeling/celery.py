"""The Celery application: queues ``default``, ``gpu`` (models) and ``train``; the beat sweeps rows that wait."""

import os

from celery import Celery

from labeling.embedded import ensure_up

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
ensure_up()

app = Celery("looktag")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
