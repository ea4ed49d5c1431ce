"""Forms of my settings and of the team's."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Membership
from polku.access.queries import current, who
from polku.access.states import AbsenceKind, ActorKind
from polku.kit.localtime import instant, local_date
from polku.triage import criteria

DAY_FORMATS = ["%d.%m.%Y", "%Y-%m-%d"]
HOUR_FORMATS = ["%H.%M", "%H:%M"]


class DeputyForm(forms.Form):
    """Who stands in for me, from day to day."""

    deputy = forms.ModelChoiceField(
        label=_("Deputy"), queryset=Actor.objects.none(), to_field_name="public_id", empty_label=None
    )
    valid_from = forms.DateField(label=_("First day"), input_formats=DAY_FORMATS)
    valid_until = forms.DateField(label=_("Last day"), input_formats=DAY_FORMATS, required=False)

    def __init__(self, *args: Any, by: Actor, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        near = Membership.objects.filter(current(local_date(at)), unit_id__in=who(by, at=at).units())
        rows = Actor.objects.filter(kind=ActorKind.STAFF, pk__in=near.values("actor_id")).exclude(pk=by.pk)
        self.fields["deputy"].queryset = rows.order_by("name")  # type: ignore[attr-defined]


class AbsenceForm(forms.Form):
    """When I am away, by whole days."""

    first = forms.DateField(label=_("First day away"), input_formats=DAY_FORMATS)
    last = forms.DateField(label=_("Last day away"), input_formats=DAY_FORMATS)
    kind = forms.ChoiceField(label=_("Why"), choices=AbsenceKind.choices)

    def starts_at(self) -> datetime:
        """Return the midnight before the first day."""
        return instant(self.cleaned_data["first"], time(0))

    def ends_at(self) -> datetime:
        """Return the midnight after the last day."""
        last: date = self.cleaned_data["last"]
        return instant(last + timedelta(days=1), time(0))


class ClosingForm(forms.Form):
    """A day on which the unit is shut."""

    day = forms.DateField(label=_("Day"), input_formats=DAY_FORMATS)
    reason = forms.CharField(label=_("Why, in Finnish"), max_length=120, required=False)
    reason_sv = forms.CharField(label=_("Why, in Swedish"), max_length=120, required=False)


class ReopeningForm(forms.Form):
    """A day on which the unit is to be open after all; `sure` when what fell away on it has been seen."""

    day = forms.DateField(input_formats=["%Y-%m-%d"])
    sure = forms.BooleanField(required=False)


class HoursForm(forms.Form):
    """Opening hours of a weekday from a day on."""

    weekday = forms.TypedChoiceField(
        label=_("Weekday"),
        coerce=int,
        choices=[
            (1, _("Monday")),
            (2, _("Tuesday")),
            (3, _("Wednesday")),
            (4, _("Thursday")),
            (5, _("Friday")),
            (6, _("Saturday")),
            (7, _("Sunday")),
        ],
    )
    opens = forms.TimeField(label=_("Opens"), input_formats=HOUR_FORMATS)
    closes = forms.TimeField(label=_("Closes"), input_formats=HOUR_FORMATS)
    valid_from = forms.DateField(label=_("From the day"), input_formats=DAY_FORMATS)


class PromiseForm(forms.Form):
    """What the unit promises, from a day on."""

    rule = forms.ChoiceField(
        label=_("Promise"),
        choices=[("promise_answer", _("Answer to a contact")), ("promise_contact", _("Booked meeting"))],
    )
    days = forms.IntegerField(label=_("Working days"), min_value=1, max_value=60)
    cutoff = forms.TimeField(
        label=_("Cut-off hour"),
        help_text=_("Later contacts count as the next day's. Empty: the whole day counts."),
        input_formats=HOUR_FORMATS,
        required=False,
    )
    valid_from = forms.DateField(label=_("From the day"), input_formats=DAY_FORMATS)


class CriterionForm(forms.Form):
    """A new criterion of urgency, from a day on."""

    name_fi = forms.CharField(label=_("In Finnish"), max_length=200)
    name_sv = forms.CharField(label=_("In Swedish"), max_length=200)
    name_en = forms.CharField(label=_("In English"), max_length=200)
    valid_from = forms.DateField(label=_("From the day"), input_formats=DAY_FORMATS)


class CriterionEndForm(forms.Form):
    """The last day of a criterion."""

    key = forms.ChoiceField(label=_("Criterion"))
    last_day = forms.DateField(label=_("Last day"), input_formats=DAY_FORMATS)

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [row for row in criteria.in_force_or_ahead(day=day) if row.valid_until is None]
        self.fields["key"].choices = [(row.key, row.name) for row in rows]  # type: ignore[attr-defined]
