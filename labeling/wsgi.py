"""The WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

from labeling import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
embedded.ensure_up()

application = get_wsgi_application()
