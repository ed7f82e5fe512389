"""Writing the dataset: what decisions come to, what a curator admits and withdraws, what is frozen."""

from labeling.datasets.services.adjudicating import dispute_conclude, work_return
from labeling.datasets.services.concluding import assignment_settle, pairs_admit, scene_conclude
from labeling.datasets.services.curating import pair_admit_review
from labeling.datasets.services.curations import AT_ONCE, curation_undo, pairs_choose, pairs_curate
from labeling.datasets.services.doubting import doubts_refresh, doubts_write, pair_vouch, pairs_doubt
from labeling.datasets.services.exporting import EXPORT, export_file, export_queue, export_write, exports_drop
from labeling.datasets.services.freezing import FREEZE, freeze_queue, freeze_run, snapshot_freeze
from labeling.datasets.services.importing import IMPORT, TakenAs, import_queue, import_run, uploads_drop
from labeling.datasets.services.likening import Look, likeness_record, packed
from labeling.datasets.services.mapping import MAP, map_draw, map_queue
from labeling.datasets.services.packing import snapshot_pack
from labeling.datasets.services.reporting import leaks_report, leaks_report_once, report_lines
from labeling.datasets.services.ruling import review_conclude, reviews_conclude, reviews_undo

__all__ = [
    "AT_ONCE",
    "EXPORT",
    "FREEZE",
    "IMPORT",
    "MAP",
    "Look",
    "TakenAs",
    "assignment_settle",
    "curation_undo",
    "dispute_conclude",
    "doubts_refresh",
    "doubts_write",
    "export_file",
    "export_queue",
    "export_write",
    "exports_drop",
    "freeze_queue",
    "freeze_run",
    "import_queue",
    "import_run",
    "leaks_report",
    "leaks_report_once",
    "likeness_record",
    "map_draw",
    "map_queue",
    "packed",
    "pair_admit_review",
    "pair_vouch",
    "pairs_admit",
    "pairs_choose",
    "pairs_curate",
    "pairs_doubt",
    "report_lines",
    "review_conclude",
    "reviews_conclude",
    "reviews_undo",
    "scene_conclude",
    "snapshot_freeze",
    "snapshot_pack",
    "uploads_drop",
    "work_return",
]
