"""The web process: `granian --interface wsgi polku.site.wsgi:application` (which is what `polku serve` runs)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "polku.site.settings")
application = get_wsgi_application()
