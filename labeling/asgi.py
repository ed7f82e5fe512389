"""The ASGI entry point."""

import os

from django.core.asgi import get_asgi_application

from labeling.embedded import ensure_up

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
ensure_up()

application = get_asgi_application()
