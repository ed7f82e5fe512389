"""Freezing pairs into a snapshot that never changes, at once or as a job."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection, transaction
from django.db.models import Max

from labeling.accounts.models import User
from labeling.catalog.models import Vertical
from labeling.common.audit import audit_record
from labeling.common.errors import ConflictError
from labeling.common.jobs import OPEN, job_check, job_queue, job_whole
from labeling.common.models import Job
from labeling.datasets import selectors
from labeling.datasets.card import Facts, card_of
from labeling.datasets.models import Pair, Snapshot

FREEZE = "freeze"
STEPS = 3
"""Of a freeze: the pairs are copied, they are counted, they are hashed."""
# One statement, so that what is frozen and what is put into a group is the same, whatever is admitted meanwhile. A picture
# that nobody has looked at for likeness becomes a group of its own, a product that of its variants, and stays so: its split
# is on record from now on.
COPY = """
    WITH admitted AS MATERIALIZED (
        SELECT * FROM datasets_pair WHERE vertical_id = %(vertical)s AND withdrawn_at IS NULL
    ),
    variants AS (
        SELECT DISTINCT ON (q.variant_group) q.variant_group, l.root_id, l.key
        FROM datasets_productlikeness l JOIN catalog_product q ON q.id = l.product_id
        WHERE q.vertical_id = %(vertical)s AND q.variant_group <> '' ORDER BY q.variant_group, l.root_id
    ),
    new_scenes AS (
        INSERT INTO datasets_scenelikeness (scene_id, root_id, key, embedder, torn)
        SELECT s.id, s.id, s.sha256, '', false FROM catalog_scene s
        WHERE s.id IN (SELECT scene_id FROM admitted)
          AND NOT EXISTS (SELECT FROM datasets_scenelikeness l WHERE l.scene_id = s.id)
        RETURNING scene_id, key
    ),
    new_products AS (
        INSERT INTO datasets_productlikeness (product_id, root_id, key, embedder, torn)
        SELECT p.id,
               COALESCE(v.root_id, min(p.id) OVER (PARTITION BY COALESCE(NULLIF(p.variant_group, ''), p.id::text))),
               COALESCE(v.key, NULLIF(p.variant_group, ''), p.external_id), '', false
        FROM catalog_product p LEFT JOIN variants v USING (variant_group)
        WHERE p.id IN (SELECT product_id FROM admitted)
          AND NOT EXISTS (SELECT FROM datasets_productlikeness l WHERE l.product_id = p.id)
        RETURNING product_id, key
    ),
    grouped AS MATERIALIZED (
        SELECT a.*, COALESCE(sl.key, ns.key) AS scene_key, COALESCE(pl.key, np.key) AS product_key,
               COALESCE(sl.torn, false) OR COALESCE(pl.torn, false) AS torn
        FROM admitted a
        LEFT JOIN datasets_scenelikeness sl ON sl.scene_id = a.scene_id LEFT JOIN new_scenes ns ON ns.scene_id = a.scene_id
        LEFT JOIN datasets_productlikeness pl ON pl.product_id = a.product_id
        LEFT JOIN new_products np ON np.product_id = a.product_id
    ),
    copied AS (
        INSERT INTO datasets_snapshotrow (snapshot_id, pair_id, scene_id, category_id, product_id, grade, split, product_split,
                                          "left", top, "right", bottom)
        SELECT %(snapshot)s, id, scene_id, category_id, product_id, grade, datasets_split(scene_key),
               CASE datasets_split(product_key) WHEN 'test' THEN 'test' ELSE 'train' END, "left", top, "right", bottom
        FROM grouped WHERE NOT torn ORDER BY scene_id, id
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM copied), (SELECT count(*) FROM grouped WHERE torn)
"""


def freeze_queue(*, vertical: Vertical, actor: User, note: str = "", licence: str = "") -> Job:
    """Ask for a snapshot of what will be admitted when a worker comes to it.

    Raises ConflictError where nothing is admitted, or the vertical is being frozen already.
    """
    if not Pair.objects.filter(vertical=vertical, withdrawn_at=None).exists():
        raise ConflictError(_nothing(vertical, 0))
    if Job.objects.filter(kind=FREEZE, state__in=OPEN, parameters__vertical=vertical.pk).exists():
        raise ConflictError(f"{vertical} is being frozen already. Wait for it, or cancel it first.")
    asked = {"vertical": vertical.pk, "note": note, "licence": licence}
    return job_queue(kind=FREEZE, actor=actor, parameters=asked)


def freeze_run(*, job_id: int) -> Snapshot | None:
    """Freeze what a job asks for; None where somebody else has the job, it was cancelled, or it failed with its reason."""
    return job_whole(job_id=job_id, make=_frozen, result=lambda made: {"snapshot": made.pk, "pairs": made.pairs})


def _frozen(job: Job) -> Snapshot:
    asked = job.parameters
    job.done, job.total = 0, STEPS

    def step() -> None:
        job.done += 1
        job_check(job=job)

    return snapshot_freeze(
        vertical=Vertical.objects.get(pk=asked["vertical"]),
        actor=job.owner,
        note=asked["note"],
        licence=asked["licence"],
        step=step,
    )


@transaction.atomic
def snapshot_freeze(
    *,
    vertical: Vertical,
    actor: User | None = None,
    note: str = "",
    licence: str = "",
    step: Callable[[], None] = lambda: None,
) -> Snapshot:
    """Freeze all admitted pairs of a vertical under the next number, with splits by group, a hash, figures and a card.

    Pairs of pictures that look like others on both sides of a split are left out. ``step`` is called after each of its
    :data:`STEPS`; what it raises leaves nothing behind. Raises ConflictError where nothing is left.
    """
    # What is new in the vertical names it, and must not wait until all is frozen: its key stays free.
    Vertical.objects.select_for_update(no_key=True).get(pk=vertical.pk)
    last = Snapshot.objects.filter(vertical=vertical).aggregate(Max("number"))["number__max"] or 0
    snapshot = Snapshot.objects.create(
        vertical=vertical, number=last + 1, content_hash="", pairs=0, scenes=0,
        note=note, licence=licence, frozen_by=actor,
    )  # fmt: skip
    with connection.cursor() as cursor:
        # Where nothing has been looked at for likeness yet, the planner would look through the table for each scene that the
        # same statement puts into it: all is joined with all, and no loop is ever the better way.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(COPY, {"vertical": vertical.pk, "snapshot": snapshot.pk})
        snapshot.pairs, snapshot.left_out = cursor.fetchone()
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
        # Figures are counted on what has just come, of which the planner knows nothing yet.
        cursor.execute("ANALYZE datasets_snapshotrow")
    if not snapshot.pairs:
        raise ConflictError(_nothing(vertical, snapshot.left_out))
    step()
    snapshot.statistics = selectors.snapshot_statistics(snapshot=snapshot)
    snapshot.scenes, snapshot.splits = snapshot.statistics["scenes"], snapshot.statistics["splits"]
    step()
    content_hash = selectors.snapshot_digest(snapshot=snapshot)
    step()
    unseen = selectors.likeness_unseen(snapshot=snapshot)
    snapshot.card = card_of(
        Facts(
            vertical.name, snapshot.number, content_hash, snapshot.frozen_at, licence, note, snapshot.left_out, unseen
        ),
        snapshot.statistics,
    )
    # With its hash it is closed: nothing can be written to it any more.
    snapshot.content_hash = content_hash
    snapshot.save()
    audit_record(actor=actor, verb="snapshot_freeze", subject=snapshot, number=snapshot.number, pairs=snapshot.pairs)
    return snapshot


def _nothing(vertical: Vertical, left_out: int) -> str:
    if left_out:
        return (
            f"All {left_out} admitted pairs of {vertical} look like pictures on both sides of a split, so none may be"
            " frozen. Confirm others in the workspace first."
        )
    return f"{vertical} has no admitted pairs yet. Confirm some in the workspace first."
