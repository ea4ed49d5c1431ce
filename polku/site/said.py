"""What an action said, shown on the next page: it travels in a cookie, since a page that reads may not write."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class Said(CookieStorage):
    """Signed, for the browser's own eyes, kept to this host like the session's cookie."""

    cookie_name = f"{settings.COOKIE_PREFIX}polku_said"
