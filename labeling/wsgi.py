"""The WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from labeling.embedded import ensure_up

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
ensure_up()

application = get_wsgi_application()
# Read before the workers are forked, so that nobody's first request waits for it, and all share it.
get_resolver().url_patterns  # noqa: B018
