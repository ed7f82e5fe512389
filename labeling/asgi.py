"""The ASGI entry point."""

import os

from django.core.asgi import get_asgi_application

from labeling import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
embedded.ensure_up()

application = get_asgi_application()
