"""The form of a client plan: its texts, goals, services, what the client thinks, and when it is looked at again."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from polku.access.models import in_language
from polku.access.queries import codes
from polku.assessments import plans
from polku.assessments.asked import DAYS, area
from polku.assessments.models import Plan
from polku.assessments.plans import Content, GoalText, ServiceText
from polku.assessments.states import Agreement

ROWS_AT_MOST = 50
BLANK_GOALS, BLANK_SERVICES = 1, 1
_LABELS = {
    "situation": _("Situation in short"),
    "strengths": _("The client's own strengths"),
    "environment": _("People and surroundings that support"),
    "client_proposal": _("The client's own proposal of services"),
    "cooperation": _("Who else takes part, and who answers for what"),
    "meetings": _("How often the client and the worker meet"),
    "follow_up": _("How the plan is followed"),
    "duration": _("How long the client relation is expected to last"),
}


class PlanForm(forms.Form):
    """A plan being written; rows of goals and services are numbered, empty ones count as none."""

    rights_told = forms.BooleanField(
        label=_("The client has been told of rights, duties and alternatives (1301/2014 36.4 §)"), required=False
    )
    agreement = forms.ChoiceField(
        label=_("What does the client think of the plan?"), choices=Agreement, required=False, widget=forms.RadioSelect
    )
    differing_view = forms.CharField(
        label=_("The client's differing view, as it was said"), required=False, widget=area(3)
    )
    review_on = forms.DateField(label=_("The plan is looked at again on"), input_formats=DAYS, required=False)

    def __init__(self, *args: Any, goals: int, services: int, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in _LABELS.items():
            one = forms.CharField(label=label, required=False, widget=area(3))
            self.fields[name] = forms.CharField(label=label, required=False) if name == "duration" else one
        known = [("", "–"), *((row.key, in_language(row, "name")) for row in codes(plans.SERVICES, day=day))]
        for n in range(min(goals, ROWS_AT_MOST)):
            self.fields[f"goal_{n}"] = forms.CharField(label=_("Goal"), required=False, widget=area(2))
            self.fields[f"means_{n}"] = forms.CharField(label=_("How it is reached"), required=False, widget=area(2))
        for n in range(min(services, ROWS_AT_MOST)):
            choice: forms.Field = forms.ChoiceField(label=_("Service"), choices=known, required=False)
            if len(known) == 1:
                choice = forms.SlugField(label=_("Service"), required=False, max_length=60)
            self.fields[f"service_{n}"] = choice
            self.fields[f"answers_{n}"] = forms.CharField(label=_("Who answers for it"), required=False, max_length=300)
            self.fields[f"begins_{n}"] = forms.DateField(label=_("Begins"), input_formats=DAYS, required=False)
            self.fields[f"lasts_{n}"] = forms.CharField(label=_("How long"), required=False, max_length=200)
        self.numbers = (min(goals, ROWS_AT_MOST), min(services, ROWS_AT_MOST))

    def texts(self) -> list[Any]:
        """Return the fields of the plan's own texts."""
        return [self[name] for name in _LABELS]

    def goal_rows(self) -> list[tuple[Any, Any]]:
        """Return the fields of each goal."""
        return [(self[f"goal_{n}"], self[f"means_{n}"]) for n in range(self.numbers[0])]

    def service_rows(self) -> list[tuple[Any, Any, Any, Any]]:
        """Return the fields of each service."""
        return [
            (self[f"service_{n}"], self[f"answers_{n}"], self[f"begins_{n}"], self[f"lasts_{n}"])
            for n in range(self.numbers[1])
        ]

    def content(self) -> Content:
        """Return what the plan is to hold."""
        data = self.cleaned_data
        return Content(
            texts={name: data[name] for name in (*_LABELS, "differing_view")},
            goals=[GoalText(data[f"goal_{n}"], data[f"means_{n}"]) for n in range(self.numbers[0])],
            services=[
                ServiceText(
                    service=data[f"service_{n}"], responsible=data[f"answers_{n}"], begins=data[f"begins_{n}"],
                    duration=data[f"lasts_{n}"],
                )
                for n in range(self.numbers[1])
                if data[f"service_{n}"]
            ],
            rights_told=data["rights_told"],
            agreement=data["agreement"],
            review_on=data["review_on"],
        )  # fmt: skip


def form_of(plan: Plan, *, day: date) -> PlanForm:
    """Return the form as the draft stands, with a few empty rows."""
    goals, services = plans.goals(plan), plans.services(plan)
    initial: dict[str, Any] = {
        name: getattr(plan, name) for name in (*_LABELS, "differing_view", "rights_told", "agreement")
    }
    initial["review_on"] = written(plan.review_on)
    for n, goal in enumerate(goals):
        initial |= {f"goal_{n}": goal.text, f"means_{n}": goal.means}
    for n, one in enumerate(services):
        initial |= {f"service_{n}": one.service, f"answers_{n}": one.responsible}
        initial |= {f"begins_{n}": written(one.begins), f"lasts_{n}": one.duration}
    return PlanForm(initial=initial, goals=len(goals) + BLANK_GOALS, services=len(services) + BLANK_SERVICES, day=day)


def written(day: date | None) -> str:
    """Return a day as it stands in its field."""
    return f"{day.day}.{day.month}.{day.year}" if day is not None else ""


def sent(data: Any, *, day: date) -> PlanForm:
    """Return the form as it was sent, with as many rows as were sent."""
    goals = sum(name.startswith("goal_") for name in data)
    services = sum(name.startswith("service_") for name in data)
    return PlanForm(data, goals=goals, services=services, day=day)
