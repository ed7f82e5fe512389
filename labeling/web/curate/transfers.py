"""Taking the dataset out and bringing other people's labels in: jobs with progress, and files to download."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.crypto import get_random_string
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.catalog.models import Vertical
from labeling.common.jobs import OPEN, job_resume, jobs_recent, seconds_left
from labeling.common.models import Job
from labeling.datasets.formats import FORMATS
from labeling.datasets.models import Snapshot
from labeling.datasets.selectors import dataset_of
from labeling.datasets.services import EXPORT, IMPORT, TakenAs, export_file, export_queue, import_queue
from labeling.datasets.tasks import run_import, write_export
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.curate.jobs import cancelled, worker_lacks

SHOWN = 30
KINDS = (EXPORT, IMPORT)
TITLES = [(name, each.title) for name, each in FORMATS.items()]
COUNTS = {
    "scenes_new": gettext_lazy("scenes labelled"),
    "scenes_there": gettext_lazy("labelled already"),
    "boxes_new": gettext_lazy("boxes"),
    "scenes_added": gettext_lazy("scenes added"),
    "seats_new": gettext_lazy("seats for people"),
    "decisions_new": gettext_lazy("decisions"),
    "gold_new": gettext_lazy("gold objects"),
    "pairs": gettext_lazy("pairs"),
}
TOLD = {
    "missing": gettext_lazy("Pictures that are not in the catalogue. Import them, then look again."),
    "twice": gettext_lazy("Pictures named twice; the first was taken."),
    "unknown_categories": gettext_lazy("Categories that this vertical does not have; their boxes came in without one."),
    "unknown_products": gettext_lazy("Products that are not in the catalogue; their boxes came in without one."),
}


class ExportForm(forms.Form):
    """What to write, and how."""

    vertical = forms.ModelChoiceField(
        Vertical.objects.order_by("name"), empty_label=None, label=gettext_lazy("Vertical")
    )
    snapshot = forms.ModelChoiceField(
        Snapshot.objects.select_related("vertical").order_by("-id"),
        required=False,
        empty_label=gettext_lazy("all admitted pairs"),
        label=gettext_lazy("Snapshot"),
    )
    format_name = forms.ChoiceField(choices=TITLES, label=gettext_lazy("Format"))
    pictures = forms.BooleanField(required=False, label=gettext_lazy("With pictures (VOC, YOLO and WebDataset)"))


class ImportForm(forms.Form):
    """Other people's labels, and what they are to be."""

    vertical = forms.ModelChoiceField(
        Vertical.objects.order_by("name"), empty_label=None, label=gettext_lazy("Vertical")
    )
    labels = forms.FileField(label=gettext_lazy("File or archive of labels"))
    format_name = forms.ChoiceField(choices=TITLES, label=gettext_lazy("Format"))
    taken_as = forms.ChoiceField(
        choices=[
            (TakenAs.PROPOSALS.value, gettext_lazy("proposals, which people judge")),
            (TakenAs.DECISIONS.value, gettext_lazy("decisions, in my name")),
            (TakenAs.GOLD.value, gettext_lazy("gold, by which people are measured")),
        ],
        label=gettext_lazy("Taken as"),
    )
    campaign = forms.CharField(
        max_length=200,
        required=False,
        label=gettext_lazy("New campaign"),
        help_text=gettext_lazy("Puts the proposals before people under this name."),
    )


@require_GET
@role_required(Role.CURATOR)
def curate_transfers(request: HttpRequest) -> HttpResponse:
    """Exports and imports with their progress, and forms for more; one is laid out with what its link asked for."""
    jobs = list(jobs_recent(kinds=KINDS)[:SHOWN])
    names = _dataset_names(jobs)
    moving = any(job.state in OPEN for job in jobs)
    context = {
        "entries": [_entry(job, names[job.pk]) for job in jobs],
        "moving": moving,
        "no_worker": worker_lacks(jobs),
        "export_form": ExportForm(initial=_asked_for(request), prefix="export"),
        "import_form": ImportForm(prefix="import"),
    }
    return render(request, "curate/transfers.html", context)


@require_POST
@role_required(Role.CURATOR)
def curate_export_start(request: HttpRequest) -> HttpResponse:
    """Queue an export."""
    form = ExportForm(request.POST, prefix="export")
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-transfers")
    with rules_as_messages(request, _("Queued. The file stands here as soon as it is whole.")):
        job = export_queue(actor=person(request), **form.cleaned_data)
        write_export.delay_on_commit(job.pk)
    return back(request, "curate-transfers")


@require_POST
@role_required(Role.CURATOR)
def curate_import_start(request: HttpRequest) -> HttpResponse:
    """Keep the file and queue its import."""
    form = ImportForm(request.POST, request.FILES, prefix="import")
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-transfers")
    given = dict(form.cleaned_data)
    labels = given.pop("labels")
    with rules_as_messages(request, _("Queued. The file is read whole before anything is written.")):
        given["taken_as"] = TakenAs(given["taken_as"])
        job = import_queue(path=_kept(labels), name=labels.name, actor=person(request), **given)
        run_import.delay_on_commit(job.pk)
    return back(request, "curate-transfers")


@require_POST
@role_required(Role.CURATOR)
def curate_transfer_cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """Stop a job at its next step."""
    words = _("Cancelled. It stops at its next step.")
    return cancelled(request, job_id, kinds=KINDS, words=words, page="curate-transfers")


@require_POST
@role_required(Role.CURATOR)
def curate_transfer_resume(request: HttpRequest, job_id: int) -> HttpResponse:
    """Go on with a job that was cancelled or failed, or look again for what was missing."""
    job = get_object_or_404(Job, pk=job_id, kind__in=KINDS)
    with rules_as_messages(request, _("Queued again.")):
        job_resume(job=job, actor=person(request))
        (write_export if job.kind == EXPORT else run_import).delay_on_commit(job.pk)
    return back(request, "curate-transfers")


@require_GET
@role_required(Role.CURATOR)
def curate_transfer_file(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """The file of a finished export; a download that broke off goes on where it was (``Range: bytes=N-``)."""
    path = export_file(job=get_object_or_404(Job, pk=job_id, kind=EXPORT))
    if path is None:
        raise Http404("This export has no file, or none any more.")
    size, file = path.stat().st_size, path.open("rb")
    start = _start(request, size)
    file.seek(start)
    response = FileResponse(file, as_attachment=True, filename=path.name, content_type="application/octet-stream")
    response["Accept-Ranges"] = "bytes"
    if start:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
    return response


@require_GET
@role_required(Role.CURATOR)
def curate_export(request: HttpRequest, format_name: str) -> StreamingHttpResponse:
    """All admitted pairs of a vertical, sent while they are read: where it breaks off, the client is told so by HTTP."""
    if format_name not in FORMATS:
        raise Http404("There is no such format.")
    asked = request.GET.get("vertical", "")
    there = Vertical.objects.filter(slug=asked) if asked else Vertical.objects.order_by("pk")
    vertical = there.first()
    if vertical is None:
        raise Http404("There is no such vertical.")
    chosen = FORMATS[format_name]
    response = StreamingHttpResponse(
        chosen.pieces(dataset_of(vertical=vertical)), content_type="application/octet-stream"
    )
    response["Content-Disposition"] = f'attachment; filename="{vertical.slug}-{format_name}.{chosen.suffix}"'
    return response


def _entry(job: Job, dataset: str) -> dict[str, Any]:
    return {
        "job": job,
        "is_export": job.kind == EXPORT,
        "title": job.parameters.get("name", "") or dataset,
        "format": FORMATS[job.parameters["format"]].title,
        "moves": job.state in OPEN,
        "left": seconds_left(job),
        "file": export_file(job=job) is not None,
        "bytes": job.result.get("bytes"),
        "counts": [(words, job.result[name]) for name, words in COUNTS.items() if job.result.get(name)],
        "told": [
            (words, job.result[name], job.result.get(f"{name}_names", []))
            for name, words in TOLD.items()
            if job.result.get(name)
        ],
        "again": job.kind == IMPORT and job.state == Job.State.DONE and bool(job.result.get("missing")),
        "resumable": job.state in {Job.State.FAILED, Job.State.CANCELLED},
    }


def _dataset_names(jobs: Sequence[Job]) -> dict[int, str]:
    """What each job, by its key, is about: a snapshot or a vertical. Jobs outlive both."""
    asked = {job.pk: (job.parameters.get("snapshot"), job.parameters["vertical"]) for job in jobs}
    frozen = Snapshot.objects.select_related("vertical").in_bulk(
        [snapshot for snapshot, _ in asked.values() if snapshot]
    )
    verticals = Vertical.objects.in_bulk([vertical for _, vertical in asked.values()])
    gone = _("a dataset that is no more")
    return {
        pk: str((frozen.get(snapshot) if snapshot else verticals.get(vertical)) or gone)
        for pk, (snapshot, vertical) in asked.items()
    }


def _asked_for(request: HttpRequest) -> dict[str, Any]:
    vertical = Vertical.objects.filter(slug=request.GET.get("vertical", "")).first()
    return {"vertical": vertical} if vertical else {}


def _kept(labels: UploadedFile[Any]) -> Path:
    """Keep what was sent, under a name that leads nowhere else."""
    folder = Path(settings.IMPORT_ROOT) / get_random_string(12)
    folder.mkdir(parents=True)
    path = folder / get_valid_filename(labels.name or "labels")
    with path.open("wb") as file:
        for chunk in labels.chunks():
            file.write(chunk)
    return path


def _start(request: HttpRequest, size: int) -> int:
    """Where a download is to begin; anything but the end of a file from some byte on is answered with all of it."""
    found = re.fullmatch(r"bytes=(\d{1,18})-", request.headers.get("Range", ""))
    start = int(found[1]) if found else 0
    return start if start < size else 0
