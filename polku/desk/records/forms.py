"""Forms of a case and a contact: an event written down, a correction, the ground of closing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Membership
from polku.access.queries import current
from polku.access.states import ActorKind
from polku.cases.models import Case
from polku.kit.localtime import instant, local_date


class EventForm(forms.Form):
    """What happened, when, and from whom it was heard."""

    text = forms.CharField(label=_("What happened"), max_length=10000, widget=forms.Textarea(attrs={"rows": 5}))
    on = forms.DateField(label=_("Day"), input_formats=["%d.%m.%Y", "%Y-%m-%d"], required=False)
    time = forms.TimeField(label=_("Time"), input_formats=["%H.%M", "%H:%M"], required=False)
    source = forms.CharField(label=_("From whom, if from outside"), max_length=300, required=False)

    def happened_at(self, *, at: datetime) -> datetime:
        """Return when it happened; now when nothing was written."""
        day, hour = self.cleaned_data.get("on"), self.cleaned_data.get("time")
        return instant(day, hour) if day is not None and hour is not None else at

    def clean(self) -> dict[str, Any]:
        """Check that the day and time go together and exist."""
        given = super().clean() or self.cleaned_data
        if bool(given.get("on")) != bool(given.get("time")):
            self.add_error("time", _("Write both the day and the time, or neither."))
            return given
        try:
            if given.get("on"):
                instant(given["on"], given["time"])
        except ValueError:
            self.add_error("time", _("The clock change leaves this hour out. Write another time."))
        return given


class TextForm(forms.Form):
    """The corrected text."""

    text = forms.CharField(label=_("Corrected text"), max_length=10000, widget=forms.Textarea(attrs={"rows": 5}))


class GroundForm(forms.Form):
    """Why the case ends."""

    ground = forms.CharField(
        label=_("Ground on which the case ends"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReasonForm(forms.Form):
    """A reason in a sentence."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class WorkerForm(forms.Form):
    """The own worker, of the case's unit."""

    worker = forms.ModelChoiceField(
        label=_("Own worker"), queryset=Actor.objects.none(), to_field_name="public_id", empty_label=None
    )

    def __init__(self, *args: Any, case: Case, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        posts = Membership.objects.filter(current(local_date(at)), unit=case.unit).values("actor_id")
        rows = Actor.objects.filter(kind=ActorKind.STAFF, pk__in=posts).order_by("name")
        self.fields["worker"].queryset = rows  # type: ignore[attr-defined]


class CalledForm(forms.Form):
    """What came of a call-back."""

    outcome = forms.CharField(
        label=_("What came of the call"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    on = forms.DateField(label=_("Next attempt on"), input_formats=["%d.%m.%Y", "%Y-%m-%d"], required=False)
    at = forms.TimeField(label=_("At the latest at"), input_formats=["%H.%M", "%H:%M"], required=False)

    def again_at(self) -> datetime | None:
        """Return the moment of the next attempt, when both parts were written."""
        day, hour = self.cleaned_data.get("on"), self.cleaned_data.get("at")
        return instant(day, hour) if day is not None and hour is not None else None

    def clean(self) -> dict[str, Any]:
        """Check that the local time exists."""
        given = super().clean() or self.cleaned_data
        try:
            self.again_at()
        except ValueError:
            self.add_error("at", _("The clock change leaves this hour out. Write another time."))
        return given
