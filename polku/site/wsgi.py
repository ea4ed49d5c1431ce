"""The application for any WSGI server; `polku serve` runs it in granian's processes (polku.site.web_process)."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "polku.site.settings")
application = get_wsgi_application()

# Every view is imported before the first visitor comes.
assert get_resolver().url_patterns
