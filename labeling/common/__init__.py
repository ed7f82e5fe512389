"""What any app may need and no noun of ours: errors, abstract models, audit, storage, jobs, egress."""
