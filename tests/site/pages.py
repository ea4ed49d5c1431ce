"""Pages of their own for the tests of the request context."""

from typing import Any

from django.core.exceptions import BadRequest
from django.db import DataError, IntegrityError, OperationalError, connection
from django.http import Http404, HttpResponse
from django.urls import path

from polku.access.models import Actor, Municipality
from polku.access.needs import by_link, public, signed_in
from polku.access.permissions import require
from polku.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from polku.site.sessions import alive


@public
def state(request: Any) -> HttpResponse:
    """Tell how the database sees this request."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, current_setting('transaction_read_only'), current_setting('polku.actor', true)"
        )
        return HttpResponse("|".join(cursor.fetchone()))


@public
def write(request: Any) -> HttpResponse:
    """Write a row, whatever the method; `?status=` answers otherwise than well."""
    Municipality.objects.create(code="999", name_fi="Uusi", name_sv="Nya")
    return HttpResponse(status=int(request.GET.get("status", 200)))


@signed_in
def shows(request: Any, public_id: str = "") -> HttpResponse:
    """Show two clients and one contact."""
    request.saw("client", clients=[3, 1])
    request.saw("contact", clients=[1, 2], subject=public_id)
    return HttpResponse("shown")


@signed_in
def searches(request: Any) -> HttpResponse:
    """Show what a search found."""
    request.saw("client", clients=[8], kind="search", details={"how": "name"})
    return HttpResponse("found")


@public
def raises(request: Any, name: str) -> HttpResponse:
    """Write a row and then raise what is asked for."""
    if request.method == "POST":
        Municipality.objects.create(code="998", name_fi="Uusi", name_sv="Nya")
    raise {
        "notfound": NotFound("not_found", "gone", clients=[41]),
        "http404": Http404("secret"),
        "notallowed": NotAllowed("not_allowed", "not yours", action="contacts.answer", clients=[42]),
        "conflict": Conflict("time_taken", "The time has been taken."),
        "invalid": Invalid("bad_day", "There is no such day.", field="day"),
        "bad": BadRequest("x"),
        "twice": IntegrityError("twice"),
        "range": DataError("a text cannot hold NUL"),
        "down": OperationalError("no connection"),
        "row": IntegrityError("a rule is broken\nDETAIL:  Failing row contains (7, Aino,\n\nher own words)."),
        "bug": RuntimeError("131052-308T is in this message"),
    }[name]


@signed_in
def catches(request: Any, public_id: str) -> HttpResponse:
    """Ask for a right that the person has not got, and turn the refusal into a sentence."""
    try:
        require(request.actor, "access.manage", Actor(public_id=public_id), at=request.at)
    except NotAllowed:
        return HttpResponse("You may not.", status=422)
    return HttpResponse("You may.")


@by_link
def link(request: Any, token: str) -> HttpResponse:
    """A client's page whose address is a secret."""
    raise NotFound("not_found", "gone")


urlpatterns = [
    path("state/", state, name="state"),
    path("write/", write, name="write"),
    path("shows/", shows, name="shows"),
    path("shows/<str:public_id>/", shows, name="shows"),
    path("searches/", searches, name="searches"),
    path("raises/<str:name>/", raises, name="raises"),
    path("raises/<str:name>/<str:public_id>/", lambda request, name, public_id: raises(request, name), name="raises"),
    path("catches/<str:public_id>/", catches, name="catches"),
    path("l/<str:token>/", link, name="link"),
    path("api/write/", write, name="api_write"),
    path("api/raises/<str:name>/", raises, name="api"),
    path("alive/", alive, name="alive"),
    path("sign-in/", public(lambda request: HttpResponse("sign in")), name="account_login"),
    path("openid_connect/callback/", write, name="openid_connect_callback"),
]

# As in polku.site.urls; the test compares.
handler400 = "polku.site.answers.bad_request"
handler403 = "polku.site.answers.not_allowed"
handler404 = "polku.site.answers.not_found"
handler500 = "polku.site.answers.broken"
