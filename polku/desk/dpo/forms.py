"""What the data protection officer looks for."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.states import ActorKind
from polku.audit.queries import Place, Wanted
from polku.audit.states import Kind
from polku.clients.models import Client
from polku.clients.queries import same_person
from polku.desk.home.forms import DAY_FORMATS
from polku.kit.localtime import instant


def _day() -> forms.DateInput:
    """Return a field for a day as it is written here; a browser's own would speak the browser's language."""
    return forms.DateInput(attrs={"autocomplete": "off", "placeholder": "1.12.2026"}, format="%d.%m.%Y")


class PersonSearch(forms.Form):
    """Whose log is looked for; sent by POST, because it may be an identity code."""

    text = forms.CharField(
        label=_("Client: identity code, name or phone number"), max_length=100, strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-private": ""}),
    )  # fmt: skip


class LogFilter(forms.Form):
    """The filter above the list."""

    client = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    staff = forms.CharField(label=_("Staff member's name"), required=False, max_length=100)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All kinds")), *Kind.choices])
    since = forms.DateField(label=_("From"), required=False, input_formats=DAY_FORMATS, widget=_day())
    until = forms.DateField(label=_("To, that day included"), required=False, input_formats=DAY_FORMATS, widget=_day())

    def clean(self) -> dict[str, object]:
        """Refuse a period that ends before it begins."""
        found = super().clean() or {}
        since, until = found.get("since"), found.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first day. Check both."))
        return found

    def person(self) -> Client | None:
        """Return the client of the filter; None when none is asked for.

        Raises:
            Client.DoesNotExist: there is no such client.
        """
        wanted = self.cleaned_data.get("client")
        return Client.objects.get(public_id=wanted) if wanted else None

    def wanted(self, person: Client | None) -> Wanted:
        """Return what the filter asks for; a name that nobody has finds nothing."""
        data = self.cleaned_data
        actors: list[int] = []
        if data.get("staff"):
            staff = Actor.objects.filter(kind=ActorKind.STAFF, name__icontains=data["staff"])
            actors = list(staff.values_list("pk", flat=True)[:200]) or [0]
        until: date | None = data.get("until")
        return Wanted(
            clients=same_person([person.pk]) if person else (),
            actors=actors,
            kinds=[data["kind"]] if data.get("kind") else (),
            since=_midnight(data.get("since")),
            until=_midnight(until + timedelta(days=1) if until else None),
        )


def _midnight(day: date | None) -> datetime | None:
    return instant(day, time(0)) if day else None


def place(text: str) -> Place | None:
    """Return the place in the list from the address; None for the first page or nonsense."""
    moment, _dot, number = text.rpartition("_")
    try:
        at = datetime.fromisoformat(moment)
        return Place(at, int(number)) if at.utcoffset() is not None else None
    except ValueError:
        return None


def place_text(at: datetime, number: int) -> str:
    """Return the place as it stands in the address."""
    return f"{at.isoformat()}_{number}"
