"""The sign-in page: the identity provider when there is one, a local account, the demo's people when there are any."""

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.urls import NoReverseMatch, reverse


class Login(LoginView):
    """Sign in."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tell the page which ways there are."""
        return super().get_context_data(**kwargs) | {  # type: ignore[no-any-return]
            "title": "",
            "provider_name": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
            "demo_url": _demo_url(),
        }


def _demo_url() -> str:
    if not settings.DEMO:
        return ""
    try:
        return reverse("demo:people")
    except NoReverseMatch:
        return ""
