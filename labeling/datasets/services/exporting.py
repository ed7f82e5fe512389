"""Exports as jobs: a file under EXPORT_ROOT that appears whole or not at all."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from labeling.accounts.models import User
from labeling.catalog.models import Vertical
from labeling.common.errors import ApplicationError
from labeling.common.jobs import JobStopped, Pace, job_beat, job_fail, job_finish, job_queue, job_take
from labeling.common.models import Job
from labeling.datasets.formats import FORMATS, Dataset, FormatError, SceneRow, format_write
from labeling.datasets.models import Snapshot
from labeling.datasets.selectors.exporting import dataset_of, pairs_count

EXPORT = "export"
FILES_KEPT = timedelta(days=14)
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def export_queue(
    *,
    vertical: Vertical,
    format_name: str,
    snapshot: Snapshot | None = None,
    pictures: bool = False,
    actor: User | None = None,
) -> Job:
    """Ask for a file of a snapshot, or of all admitted pairs; a worker writes it."""
    if format_name not in FORMATS:
        raise ApplicationError(f"There is no format “{format_name}”. Choose one of {', '.join(FORMATS)}.")
    chosen = FORMATS[format_name]
    if pictures and not chosen.pictures:
        others = ", ".join(each.title for each in FORMATS.values() if each.pictures)
        raise ApplicationError(f"{chosen.title} is one file that holds no pictures. With pictures: {others}.")
    if snapshot is not None and snapshot.vertical_id != vertical.pk:
        raise ApplicationError(f"{snapshot} is of another vertical than {vertical}. Choose one of its own.")
    number = None if snapshot is None else snapshot.pk
    asked = {"vertical": vertical.pk, "snapshot": number, "format": format_name, "pictures": pictures}
    return job_queue(kind=EXPORT, actor=actor, parameters=asked)


def export_write(*, job_id: int) -> bool:
    """Write the file of a job that waits; False where somebody else has it, it was cancelled, or it failed with its reason.

    A job that is taken up again writes its file anew, since what was half written is gone.
    """
    job = job_take(job_id=job_id)
    if job is None:
        return False
    try:
        job_finish(job=job, result=_write(job))
    except JobStopped:
        # The folder is the job's: where another worker has taken over, what lies in it is that worker's.
        job.refresh_from_db(fields=["state"])
        if job.state == Job.State.CANCELLED:
            shutil.rmtree(_folder(job), ignore_errors=True)
        return False
    except (ApplicationError, FormatError) as error:
        job_fail(job=job, error=str(error))
        return False
    except OSError as error:
        job_fail(job=job, error=_refused(error, job))
        return False
    except Exception as error:
        job_fail(job=job, error=f"{type(error).__name__}: {error}")
        raise
    return True


def exports_drop() -> int:
    """Delete the files of exports that ended long ago; their jobs stay on record, without a file. Returns how many."""
    old = Job.objects.filter(kind=EXPORT, finished_at__lt=timezone.now() - FILES_KEPT, result__has_key="file")
    for job in old:
        shutil.rmtree(_folder(job), ignore_errors=True)
        job.result = {name: value for name, value in job.result.items() if name != "file"}
        job.save(update_fields=["result"])
    return len(old)


def export_file(*, job: Job) -> Path | None:
    """Where the file of a finished export lies; None where there is none, or none any more."""
    if job.kind != EXPORT or job.state != Job.State.DONE or "file" not in job.result:
        return None
    path = _folder(job) / job.result["file"]
    return path if path.is_file() else None


def _write(job: Job) -> dict[str, object]:
    asked = job.parameters
    vertical = Vertical.objects.get(pk=asked["vertical"])
    snapshot = Snapshot.objects.get(pk=asked["snapshot"]) if asked["snapshot"] else None
    dataset = dataset_of(vertical=vertical, snapshot=snapshot, pictures=asked["pictures"])
    job.done, job.total = 0, pairs_count(vertical=vertical, snapshot=snapshot)
    job.parameters["from"] = 0
    job_beat(job=job, parameters=job.parameters)
    if not job.total:
        raise ApplicationError(f"{vertical} has no admitted pairs yet. Confirm some in the workspace first.")
    name = f"{dataset.name}-{asked['format']}.{FORMATS[asked['format']].suffix}"
    path = _folder(job) / name
    format_write(asked["format"], _watched(dataset, Pace(job)), path)
    return {"file": name, "bytes": path.stat().st_size, "pairs": job.done}


def _watched(dataset: Dataset, pace: Pace) -> Dataset:
    def scenes() -> Iterator[SceneRow]:
        for scene in dataset.scenes:
            yield scene
            pace.done(len(scene.objects))

    return replace(dataset, scenes=scenes())


def _refused(error: OSError, job: Job) -> str:
    if error.errno in FULL:
        return (
            f"The disk has no room for the file ({error.strerror}) after {job.done} of {job.total} pairs. Nothing of it was "
            f"kept. Free some space under {settings.EXPORT_ROOT}, then resume."
        )
    if isinstance(error, FileNotFoundError):
        return f"{error.filename} is missing, so nothing was kept. Restore it or export without pictures, then resume."
    return f"The file could not be written ({error}). Nothing of it was kept. Mend that, then resume."


def _folder(job: Job) -> Path:
    return Path(settings.EXPORT_ROOT) / str(job.pk)
