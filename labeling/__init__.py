"""The Django side of Looktag."""

import warnings

# The embedded PostgreSQL looks for a folder of the user's session, which servers and containers do not have.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")

from labeling.celery import app as celery_app

__all__ = ["celery_app"]
