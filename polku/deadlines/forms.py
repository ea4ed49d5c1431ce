"""What may be done to a clock by hand: let a promise stand still, let it go on, count anew, let a met one run again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import can
from polku.deadlines import faces, pausing
from polku.deadlines.models import Clock
from polku.deadlines.states import AGREED, Restarted
from polku.kit.localtime import instant, local_date

DAY_FORMATS = ["%d.%m.%Y", "%Y-%m-%d"]
HOUR_FORMATS = ["%H.%M", "%H:%M"]


class Change(forms.Form):
    """A change of one clock: what it is called, and the action that does it with what the fields say."""

    step: ClassVar[str]
    title: ClassVar[Any]
    act: ClassVar[Callable[..., object]]

    def do(self, clock: Clock, *, by: Actor, at: datetime) -> object:
        """Do it.

        Raises:
            Refused: with the field.
        """
        return type(self).act(clock=clock, by=by, at=at, **self.told())

    def told(self) -> dict[str, Any]:
        """Return what the action takes of what was filled in."""
        return self.cleaned_data


class PauseForm(Change):
    """A promise stands still from a day on."""

    step = "pause"
    title = _("Pause the promise")
    act = staticmethod(pausing.pause)
    first = forms.DateField(label=_("First paused day"), input_formats=DAY_FORMATS)
    reason = forms.CharField(label=_("Why is it paused?"), max_length=300)


class ResumeForm(Change):
    """A paused promise goes on."""

    step = "resume"
    title = _("Let the promise go on")
    act = staticmethod(pausing.resume)
    until = forms.DateField(label=_("Last paused day"), input_formats=DAY_FORMATS)


class RestartForm(Change):
    """A limit is counted anew from an event that the act names."""

    step = "restart"
    title = _("Count anew")
    act = staticmethod(pausing.restart)
    event = forms.ChoiceField(label=_("What happened?"), widget=forms.RadioSelect)
    on = forms.DateField(label=_("Day"), input_formats=DAY_FORMATS)
    hour = forms.TimeField(label=_("Time"), input_formats=HOUR_FORMATS, required=False)

    def __init__(self, *args: Any, events: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = [(event.value, event.label) for event in Restarted if event.value in events]
        self.fields["event"].choices = chosen  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check that the local time exists."""
        given = super().clean() or self.cleaned_data
        if given.get("on"):
            try:
                given["happened_at"] = instant(given["on"], given.get("hour") or time(0))
            except ValueError:
                self.add_error("hour", _("The clock change leaves this hour out. Write another time."))
        return given

    def told(self) -> dict[str, Any]:
        """Return the event and its moment; the day and the hour were its parts."""
        return {"event": Restarted(self.cleaned_data["event"]), "happened_at": self.cleaned_data["happened_at"]}


class RunAgainForm(Change):
    """A clock that was met by mistake runs again."""

    step = "run_again"
    title = _("Let the clock run again")
    act = staticmethod(pausing.run_again)
    reason = forms.CharField(label=_("What was marked by mistake?"), max_length=300)


def changes(clock: Clock, *, by: Actor, at: datetime, given: Any = None) -> list[Change]:
    """Return the changes that the actor may make to the clock as it is now; `given` is what was sent for one of them.

    A statutory limit is never paused, and only what the act names counts it anew.
    """
    if clock.cancelled_at is not None or not can(by, "deadlines.change", clock, at=at):
        return []
    today: date = local_date(at)
    sent = given.get("step", "") if given is not None else ""
    spec, found = clock.spec, []

    def form(kind: type[Change], **extra: Any) -> Change:
        return kind(given if sent == kind.step else None, auto_id=f"id_{kind.step}_%s", **extra)

    if clock.met_at is not None:
        return [] if clock.rule == AGREED else [form(RunAgainForm)]
    if spec is not None and spec.pauses and faces.paused(clock):
        found.append(form(ResumeForm, initial={"until": f"{today:%-d.%-m.%Y}"}))
    elif spec is not None and spec.pauses:
        found.append(form(PauseForm, initial={"first": f"{today:%-d.%-m.%Y}"}))
    if spec is not None and spec.restarts_on:
        found.append(form(RestartForm, events=tuple(spec.restarts_on), initial={"on": f"{today:%-d.%-m.%Y}"}))
    return found
