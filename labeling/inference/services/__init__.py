"""Writes of what the models say, by subject: scans, retrievals, versions, indexes, labels that others made."""

from labeling.inference.services.indexes import changes_prune, index_record, index_refresh, index_sync
from labeling.inference.services.labels import Label, Labels, labels_register, scans_import
from labeling.inference.services.retrievals import (
    retrieval_fail,
    retrieval_hold,
    retrieval_queue,
    retrieval_record,
    retrievals_sweep,
)
from labeling.inference.services.scans import (
    NotReady,
    scan_fail,
    scan_queue,
    scan_record,
    scans_claim,
    scans_excuse,
    scans_hold,
    scans_sweep,
    scans_withdraw,
    versions_needed,
)
from labeling.inference.services.versions import CheckpointRefused, version_go_live, version_register

__all__ = [
    "CheckpointRefused",
    "Label",
    "Labels",
    "NotReady",
    "changes_prune",
    "index_record",
    "index_refresh",
    "index_sync",
    "labels_register",
    "retrieval_fail",
    "retrieval_hold",
    "retrieval_queue",
    "retrieval_record",
    "retrievals_sweep",
    "scan_fail",
    "scan_queue",
    "scan_record",
    "scans_claim",
    "scans_excuse",
    "scans_hold",
    "scans_import",
    "scans_sweep",
    "scans_withdraw",
    "version_go_live",
    "version_register",
    "versions_needed",
]
