"""What a view needs, declared on the view itself. A view without a declaration fails the build.

The declaration checks the person's role before the view runs; the view then fetches its thing through
`permissions.visible_to`, so that "not there" and "not yours" are the same 404.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.translation import gettext_lazy as _

from polku.access.permissions import may_ever
from polku.kit.errors import NotFound

View = Callable[..., HttpResponseBase]
V = TypeVar("V", bound=View)

PUBLIC = "public"
SIGNED_IN = "signed_in"
BY_LINK = "by_link"


def public(view: V) -> V:
    """Anybody may: sign-in, opening hours, static words. Shows no client's data."""
    view.need = PUBLIC  # type: ignore[attr-defined]
    return view


def by_link(view: V) -> V:
    """The holder of a secret link may; the view itself checks the link's hash and time."""
    view.need = BY_LINK  # type: ignore[attr-defined]
    return view


def machine(scope: str) -> Callable[[V], V]:
    """A machine with the scope may; the API checks the key, this names the need."""

    def declare(view: V) -> V:
        view.need = f"machine:{scope}"  # type: ignore[attr-defined]
        return view

    return declare


def signed_in(view: V) -> V:
    """Any signed-in staff member may."""
    return _checked(view, SIGNED_IN)


def need(action: str) -> Callable[[V], V]:
    """Staff whose role allows the action may; the thing itself is checked where it is fetched."""

    def declare(view: V) -> V:
        return _checked(view, action)

    return declare


def _checked(view: V, action: str) -> V:
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        actor = getattr(request, "actor", None)
        if actor is None:
            return redirect_to_login(request.get_full_path(), resolve_url("account_login"))
        if action != SIGNED_IN and not may_ever(actor, action, at=request.at):  # type: ignore[attr-defined]
            raise NotFound("not_found", _("There is no such page, or it is not yours to see."))
        return view(request, *args, **kwargs)

    checked.need = action  # type: ignore[attr-defined]
    return cast(V, checked)
