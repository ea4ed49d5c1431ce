"""Forms of the worklist: to whom a matter is handed over, until when it waits, what the list is narrowed by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Membership, Unit
from polku.access.queries import current, who
from polku.access.states import ActorKind
from polku.asking import Question, value
from polku.cases.states import WorkKind
from polku.contacts.states import Channel
from polku.desk.call.forms import code_choices, in_county
from polku.desk.units import team_choices, teams
from polku.kit.localtime import local_date


class HandOverForm(forms.Form):
    """To a person, to a team, or to a person in a team."""

    to = forms.ModelChoiceField(
        label=_("Person"), queryset=Actor.objects.none(), to_field_name="public_id", required=False
    )
    unit = forms.ModelChoiceField(label=_("Team"), queryset=Unit.objects.none(), to_field_name="key", required=False)
    note = forms.CharField(label=_("Note to the receiver"), max_length=300, required=False)

    def __init__(self, *args: Any, by: Actor, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units, day = who(by, at=at).units(), local_date(at)
        people, unit = self.fields["to"], self.fields["unit"]
        if self.is_bound:
            people.queryset, unit.queryset = _beside(by.pk, units, day), teams(at=at)  # type: ignore[attr-defined]
        # Drawn are the same people and teams among whom what was sent is looked for.
        colleagues = _colleagues(units=units, by=by.pk, day=day)
        people.choices = [("", _("Nobody in particular")), *colleagues]  # type: ignore[attr-defined]
        unit.choices = [("", _("Stays in its team")), *team_choices(at=at)]  # type: ignore[attr-defined]


def _beside(by: Any, units: Any, day: Any) -> QuerySet[Actor]:
    """Return the staff with a post in one of the units, without whoever asks."""
    near = Membership.objects.filter(current(day), unit__any_of=units)
    people = Actor.objects.filter(kind=ActorKind.STAFF, pk__in=near.values("actor_id")).exclude(pk=by)
    return people.order_by("name")


_colleagues = Question(lambda: _beside(value("by"), value("units"), value("day")).values_list("public_id", "name"))


class WaitForm(forms.Form):
    """Until when, and for what."""

    until = forms.DateField(label=_("Comes back on"), input_formats=["%d.%m.%Y", "%Y-%m-%d"])
    reason = forms.CharField(label=_("What is waited for"), max_length=300)


class NarrowForm(forms.Form):
    """What the list is narrowed by; in the address, so that it can be kept."""

    scope = forms.CharField(widget=forms.HiddenInput, required=False)
    unit = forms.ChoiceField(label=_("Team"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("All")), *WorkKind.choices], required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), choices=[("", _("All")), *Channel.choices], required=False)
    municipality = forms.ChoiceField(label=_("Municipality"), required=False)
    interpreter = forms.BooleanField(label=_("Needs an interpreter"), required=False)

    def __init__(self, *args: Any, by: Actor, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = Unit.objects.filter(pk__in=who(by, at=at).units()).order_by("name_fi")
        self._choose("unit", [("", _("All my teams")), *((unit.public_id, unit.name) for unit in mine)])
        self._choose("language", code_choices("language", day=local_date(at), empty=_("All")))
        self._choose("municipality", [("", _("All")), *in_county()[1:]])

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]
