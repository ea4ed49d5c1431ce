"""Sign in as any invented worker with one click. With a real database these pages do not exist."""

from __future__ import annotations

from itertools import groupby

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from polku.access.models import Account, Membership
from polku.access.needs import public
from polku.access.queries import current
from polku.audit import actions as audit
from polku.demo.frame import made
from polku.demo.staff import BEGIN, PEOPLE
from polku.kit.localtime import local_date


@public
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """The workers by unit, each a button."""
    _only_in_demo()
    day = local_date(request.at)  # type: ignore[attr-defined]
    posts = list(
        Membership.objects.filter(current(day), actor__account__username__in=[person.username for person in PEOPLE])
        .select_related("actor__account", "unit")
        .order_by("unit_id", "pk")
    )
    first = {post.actor.account.username: post for post in reversed(posts)}
    context = {
        "title": _("Choose who you are"),
        "begin": [(first[name], words) for name, words in BEGIN if name in first],
        "units": [(unit, list(rows)) for unit, rows in groupby(posts, key=lambda post: post.unit)],
        "made": made(),
        "wanted": settings.DEMO_CONTACTS,
    }
    return render(request, "demo/people.html", context)


@public
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Become that worker."""
    _only_in_demo()
    known = {person.username for person in PEOPLE}
    name = request.POST.get("username", "")
    account = Account.objects.filter(username=name).select_related("actor").first() if name in known else None
    if account is None:
        raise Http404
    login(request, account, backend="django.contrib.auth.backends.ModelBackend")
    audit.signed_in(by=account.actor, at=request.at, what="sign-in", details={"way": "demo"})  # type: ignore[attr-defined]
    return redirect("/")


def _only_in_demo() -> None:
    if not settings.DEMO:
        raise Http404
