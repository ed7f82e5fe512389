"""Other people's labels as jobs: read whole before anything is written, then brought in a portion at a time.

A portion and how far the job is are kept in one transaction, so a worker that dies loses and doubles nothing. Scenes whose
picture is not in the catalogue are told; once they are, the job is resumed and brings in just what was missing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.annotation.models import Campaign
from labeling.annotation.services import (
    Known,
    campaign_create,
    decisions_bring,
    golds_bring,
    seats_bring,
)
from labeling.catalog.fields import RowError
from labeling.catalog.models import Vertical
from labeling.catalog.packs import image_path, image_read
from labeling.catalog.services import NewScene, scenes_add
from labeling.common.errors import ApplicationError
from labeling.common.jobs import JobStopped, Pace, job_beat, job_fail, job_finish, job_kept_alive, job_queue, job_take
from labeling.common.models import Job
from labeling.common.storage import image_store
from labeling.datasets.formats import FORMATS, FormatError, ObjectRow, SceneRow
from labeling.datasets.labels import Names, fingerprint_of, scenes_matched
from labeling.datasets.services.concluding import assignment_settle
from labeling.datasets.services.exporting import FILES_KEPT
from labeling.inference.models import ModelVersion, Scan
from labeling.inference.selectors import scans_of_labels, scenes_eligible
from labeling.inference.services import Label, labels_register, scans_import

IMPORT = "import"
PORTION = 500
KEPT = 100
"""Names of missing pictures and unknown things that are kept to be shown; beyond that they are only counted."""


class TakenAs(StrEnum):
    """What other people's labels become."""

    PROPOSALS = "proposals"
    DECISIONS = "decisions"
    GOLD = "gold"


def import_queue(
    *,
    vertical: Vertical,
    path: Path,
    name: str,
    format_name: str,
    taken_as: TakenAs,
    campaign: str = "",
    pictures: Path | None = None,
    actor: User,
) -> Job:
    """Ask for a file or folder of labels to be brought in; ``name`` is what people call it.

    As proposals they are put before people in a new ``campaign`` of that name, where one is given; decisions are kept in
    one in any case, as those of ``actor``. Pictures that the catalogue lacks are looked for in ``pictures``.
    """
    if format_name not in FORMATS:
        raise ApplicationError(f"There is no format “{format_name}”. Choose one of {', '.join(FORMATS)}.")
    if not path.exists():
        raise ApplicationError(f"{path} is not there. Name the file or folder of the labels.")
    asked = {
        "vertical": vertical.pk,
        "path": str(path.resolve()),
        "name": name,
        "format": format_name,
        "taken_as": str(taken_as),
        "campaign": campaign,
        "pictures": "" if pictures is None else str(pictures.resolve()),
    }
    return job_queue(kind=IMPORT, actor=actor, parameters=asked)


def import_run(*, job_id: int) -> bool:
    """Bring in the labels of a job that waits, from where it was; False where it was stopped, or failed with its reason."""
    job = job_take(job_id=job_id)
    if job is None:
        return False
    try:
        # Reading a large file whole, a portion and its settling may each take longer than a worker may be silent.
        with job_kept_alive(job=job):
            run = _Import(job)
            run.check()
            run.bring()
            job_finish(job=job, result=run.result())
    except JobStopped:
        return False
    except (ApplicationError, FormatError) as error:
        job_fail(job=job, error=str(error))
        return False
    except OSError as error:
        job_fail(job=job, error=f"A file could not be read or kept ({error}). Mend that, then resume.")
        return False
    except Exception as error:
        job_fail(job=job, error=f"{type(error).__name__}: {error}")
        raise
    return True


def uploads_drop() -> int:
    """Delete the files that were sent for imports that ended long ago; files named by a command are their owner's."""
    old = Job.objects.filter(kind=IMPORT, finished_at__lt=timezone.now() - FILES_KEPT)
    dropped = 0
    for job in old:
        folder = Path(job.parameters["path"]).parent
        if folder.parent == Path(settings.IMPORT_ROOT).resolve() and folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)
            dropped += 1
    return dropped


class _Import:
    """One run of one job. What it has met so far is kept in ``job.result``."""

    def __init__(self, job: Job) -> None:
        self.job, self.asked = job, job.parameters
        self.vertical = Vertical.objects.get(pk=self.asked["vertical"])
        self.taken_as = TakenAs(self.asked["taken_as"])
        self.path = Path(self.asked["path"])
        self.names = Names(self.vertical)

    def check(self) -> None:
        """Read the whole file once, so that a broken one is refused before anything is written."""
        if "fingerprint" in self.asked:
            return
        self.job.done = self.job.total = 0
        pace = Pace(self.job)
        scenes = 0
        for _ in self._rows():
            scenes += 1
            # A check counts nothing as done; it only says that it lives.
            pace.done(0)
        if not scenes:
            raise ApplicationError(f"{self.asked['name']} holds no pictures. Was it exported in the format you chose?")
        self.asked |= {"fingerprint": fingerprint_of(self.path), "after": 0}
        self.job.total = scenes
        job_beat(job=self.job, parameters=self.asked)

    def bring(self) -> None:
        """Portion by portion from where the job is."""
        after = int(self.asked["after"])
        self.job.done, self.asked["from"] = after, after
        if not after:
            self.job.result = {}
        rows = islice(self._rows(), after, None)
        while portion := list(islice(rows, PORTION)):
            with transaction.atomic():
                seats = self._portion(portion)
                self.job.done += len(portion)
                self.asked["after"] = self.job.done
                job_beat(job=self.job, parameters=self.asked, result=self.job.result)
            for seat in seats:
                assignment_settle(assignment_id=seat)

    def result(self) -> dict[str, Any]:
        """What came of it; the next run begins at the front again, for what was missing."""
        self.asked["after"] = 0
        job_beat(job=self.job, parameters=self.asked)
        return {**self.job.result, "scenes": self.job.done}

    def _rows(self) -> Iterator[SceneRow]:
        return FORMATS[self.asked["format"]].read(self.path)

    def _portion(self, rows: Sequence[SceneRow]) -> list[int]:
        """Bring in some scenes; returns the seats to settle."""
        products = self.names.products(rows)
        found: dict[int, SceneRow] = {}
        for pk, row in zip(scenes_matched(vertical=self.vertical, rows=rows), rows, strict=True):
            pk = self._added(row) if pk is None else pk
            if pk is None or pk in found:
                self._tell("missing" if pk is None else "twice", row.image or row.scene)
            else:
                found[pk] = row
        labels = {pk: [self._label(item, products) for item in row.objects] for pk, row in found.items()}
        version = labels_register(
            vertical=self.vertical,
            name=self.asked["name"],
            fingerprint=self.asked["fingerprint"],
            actor=self.job.owner,
        )
        fresh = scans_import(labels=version, found=labels)
        self._add("scenes_new", len(fresh))
        self._add("scenes_there", len(found) - len(fresh))
        self._add("boxes_new", sum(len(labels[pk]) for pk in fresh))
        return self._take(version.detector, found, labels)

    def _added(self, row: SceneRow) -> int | None:
        """The scene of a picture that the catalogue lacks, from the folder of pictures; None where it is not there either."""
        if not self.asked["pictures"]:
            return None
        try:
            name = image_path(row.image)
            data = image_read(Path(self.asked["pictures"]), name, settings.IMAGE_MAX_BYTES)
            picture = image_store(data, item=name)
        except (RowError, ApplicationError):
            return None
        external_id = row.scene or Path(name).stem
        added = scenes_add(vertical=self.vertical, scenes=[NewScene(external_id, picture)])
        self._add("scenes_added", len(added))
        again = SceneRow(external_id, f"{picture.sha256}.jpg", 0, 0)
        return scenes_matched(vertical=self.vertical, rows=[again])[0]

    def _label(self, item: ObjectRow, products: dict[str, int]) -> Label:
        label = self.names.label(item, products)
        if label.category is None:
            self._tell("unknown_categories", item.category)
        if item.product and label.product is None:
            self._tell("unknown_products", item.product)
        return label

    def _take(self, detector: ModelVersion, found: dict[int, SceneRow], labels: dict[int, list[Label]]) -> list[int]:
        """Make of the proposals what was asked for; returns the seats to settle."""
        if self.taken_as == TakenAs.PROPOSALS and not self.asked["campaign"]:
            return []
        scans = scans_of_labels(detector=detector, scenes=found)
        if self.taken_as == TakenAs.PROPOSALS:
            eligible = set(scenes_eligible(self.vertical).filter(pk__in=found).values_list("pk", flat=True))
            campaign = self._campaign()
            shown = [scan for pk, scan in scans.items() if pk in eligible]
            self._add("seats_new", seats_bring(campaign=campaign, scans=shown))
            return []
        known = {pk: _known(scan, found[pk], labels[pk]) for pk, scan in scans.items()}
        if self.taken_as == TakenAs.GOLD:
            objects = [each for pk in known for each in known[pk]]
            self._add("gold_new", golds_bring(vertical=self.vertical, objects=objects, actor=self.job.owner))
            return []
        decided = [(scans[pk], objects) for pk, objects in known.items()]
        seats = decisions_bring(campaign=self._campaign(), annotator=self._annotator(), decided=decided)
        self._add("decisions_new", sum(len(known[seat.scene_id]) for seat in seats if seat.scene_id is not None))
        return [seat.pk for seat in seats]

    def _campaign(self) -> Campaign:
        """The campaign of this import, made once."""
        if "campaign_id" not in self.asked:
            name = self.asked["campaign"] or f"{self.asked['name']} ({self.job.pk})"
            made = campaign_create(vertical=self.vertical, name=name[:200], actor=self.job.owner)
            self.asked["campaign_id"] = made.pk
        return Campaign.objects.get(pk=self.asked["campaign_id"])

    def _annotator(self) -> User:
        if self.job.owner is None:
            raise ApplicationError("Decisions need a person in whose name they are kept. Import them as somebody.")
        return self.job.owner

    def _add(self, name: str, number: int) -> None:
        self.job.result[name] = self.job.result.get(name, 0) + number

    def _tell(self, what: str, name: str) -> None:
        """Count something that could not be taken as it is, and keep its name while there is room."""
        self._add(what, 1)
        names = self.job.result.setdefault(f"{what}_names", [])
        if len(names) < KEPT and name not in names:
            names.append(name)


def _known(scan: Scan, row: SceneRow, labels: Sequence[Label]) -> list[Known]:
    """What the file says of each proposal of a scan; an object of no category of ours says nothing."""
    proposals = list(scan.proposals.all())
    return [
        Known(proposal, label.product, item.grade)
        for proposal, item, label in zip(proposals, row.objects, labels, strict=True)
        if label.category is not None
    ]
