"""The Celery application: queues ``default``, ``fast``, ``gpu``, ``promote`` and ``train``; the beat sweeps rows that wait."""

import os

from celery import Celery
from celery.contrib.django.task import DjangoTask
from django.core.cache import cache
from django.db import transaction

from labeling.embedded import ensure_up

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
ensure_up()
NUDGE_SECONDS = 2


class Nudge(DjangoTask):  # type: ignore[misc]
    """A task whose message may be lost, since the row it is about waits for the next sweep."""

    def delay_on_commit(self, *args: object, **kwargs: object) -> None:
        """Enqueue once the rows are kept. A broker that is down is logged, and fails nobody's request."""

        def send() -> None:
            self.apply_async(args, kwargs, retry=False)

        transaction.on_commit(send, robust=True)

    def nudge_on_commit(self) -> None:
        """Enqueue once the rows are kept, unless a message waits that will find them too.

        For a task that takes all there is and says :meth:`taken_up` before it looks: what is kept after that gets a message
        of its own. A message that is lost holds up others for no longer than ``NUDGE_SECONDS``.
        """

        def send() -> None:
            if cache.add(self._nudged, 1, timeout=NUDGE_SECONDS):
                self.apply_async(retry=False)

        transaction.on_commit(send, robust=True)

    def taken_up(self) -> None:
        """From here on a nudge enqueues again."""
        cache.delete(self._nudged)

    @property
    def _nudged(self) -> str:
        return f"nudged/{self.name}"


app = Celery("looktag", task_cls=Nudge)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
