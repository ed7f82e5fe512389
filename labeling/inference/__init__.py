"""What the models say: versions, indexes, scans, proposals and candidates."""
