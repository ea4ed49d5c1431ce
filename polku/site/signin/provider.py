"""The identity provider is believed when it is the one that was set, and its token when the provider signed it.

The library trusts a token that came over TLS from the token address. Here its signature is checked as well, against the
keys that the provider publishes and by public-key algorithms alone; a provider whose description names another issuer
than the setting OIDC_ISSUER is refused. A token is good for the sign-in that asked for it (its nonce), and, where the
county has set OIDC_ACR, only when the provider says that it was as strong as that.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import jwt
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from polku.kit.errors import NotFound
from polku.site.signin.adapters import unusable

ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
STAFF = "staff"


class Provider(OpenIDConnectOAuth2Adapter):
    """The provider of staff."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """Return what the provider publishes of itself. Raises OAuth2Error when it says that it is another."""
        told: dict[str, Any] = super().openid_config
        if str(told.get("issuer", "")).rstrip("/") != settings.OIDC_ISSUER:
            raise OAuth2Error("another issuer")
        return told

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Go on with the person of the token. Raises OAuth2Error when there is no token."""
        if not kwargs["response"].get("id_token"):
            raise OAuth2Error("no id_token")
        return super().complete_login(request, app, token, **kwargs)

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        try:
            if jwt.get_unverified_header(id_token).get("alg") not in ALGORITHMS:
                raise OAuth2Error("an algorithm that is not allowed")
            told: dict[str, Any] = jwtkit.verify_and_decode(
                credential=id_token,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
                verify_signature=True,
            )
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            raise OAuth2Error("Invalid id_token") from error
        if not constant_time_compare(str(told.get("nonce", "")), _nonce(self.request.GET.get("state", ""))):
            raise OAuth2Error("a token of another sign-in")
        if settings.OIDC_ACR and told.get("acr") not in settings.OIDC_ACR:
            raise OAuth2Error("a weaker sign-in than the county asks for")
        return told


def _nonce(state: str) -> str:
    """Return the word that ties a token to the sign-in of this state, which only the session that began it knows."""
    return salted_hmac("polku.oidc.nonce", state, algorithm="sha256").hexdigest()


def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to the provider, and say which sign-in its token is to be for and how strong it must be."""
    answer = _there(request, provider_id, OAuth2LoginView)
    address = urlsplit(answer.get("Location", ""))
    asked = parse_qs(address.query)
    if "state" in asked and "client_id" in asked:
        more = {"nonce": _nonce(asked["state"][0])}
        if settings.OIDC_ACR:
            more["acr_values"] = " ".join(settings.OIDC_ACR)
        answer["Location"] = urlunsplit(address._replace(query=f"{address.query}&{urlencode(more)}"))
    return answer


def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Come back from it."""
    return _there(request, provider_id, OAuth2CallbackView)


def _there(request: HttpRequest, provider_id: str, view: Any) -> HttpResponse:
    if provider_id != STAFF or not settings.OIDC_ISSUER:
        raise NotFound("not_found", "")
    try:
        answer: HttpResponse = view.adapter_view(Provider(request, provider_id))(request)
    except OAuth2Error:
        answer = unusable(request)
    return answer
