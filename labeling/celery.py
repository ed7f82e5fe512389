"""The Celery application: queues ``default``, ``fast``, ``gpu``, ``promote`` and ``train``; the beat sweeps rows that wait."""

import os

from celery import Celery
from celery.contrib.django.task import DjangoTask
from django.db import transaction

from labeling.embedded import ensure_up

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
ensure_up()


class Nudge(DjangoTask):  # type: ignore[misc]
    """A task whose message may be lost, since the row it is about waits for the next sweep."""

    def delay_on_commit(self, *args: object, **kwargs: object) -> None:
        """Enqueue once the rows are kept. A broker that is down is logged, and fails nobody's request."""

        def send() -> None:
            self.apply_async(args, kwargs, retry=False)

        transaction.on_commit(send, robust=True)


app = Celery("looktag", task_cls=Nudge)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
