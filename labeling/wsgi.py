"""The WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

from labeling.embedded import ensure_up

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
ensure_up()

application = get_wsgi_application()
