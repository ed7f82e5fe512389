"""Writes of what the models say, by subject: scans, retrievals, versions."""

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
from labeling.inference.services.versions import (
    CheckpointRefused,
    index_record,
    index_refresh,
    version_go_live,
    version_register,
)

__all__ = [
    "CheckpointRefused",
    "NotReady",
    "index_record",
    "index_refresh",
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
    "scans_sweep",
    "scans_withdraw",
    "version_go_live",
    "version_register",
    "versions_needed",
]
