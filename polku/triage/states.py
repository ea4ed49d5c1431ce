"""Closed lists of triage: what a list shows and what an assessment says."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AssessmentNeed(models.TextChoices):
    """Whether the person's service needs must be assessed (1301/2014 36.1 §)."""

    UNDECIDED = "undecided", _("Not decided yet")
    NEEDED = "needed", _("Assessment of service needs is needed")
    NOT_NEEDED = "not_needed", _("Evidently unnecessary")
    RUNNING = "running", _("Is being done already")


class Scope(models.TextChoices):
    """Which work items a list shows."""

    MINE = "mine", _("Mine")
    TEAM = "team", _("The team's")
    UNASSIGNED = "unassigned", _("Nobody's")
    URGENT = "urgent", pgettext_lazy("list", "Urgent")
    LATE = "late", pgettext_lazy("list", "Late")
    ABSENT = "absent", _("Of those away")
    ON_HOLD = "on_hold", _("Waiting")


class RouteReason(models.TextChoices):
    """Why a contact goes where it goes."""

    OWN_WORKER = "own_worker", _("The client has an own worker")
    OPEN_CASE = "open_case", _("The client has an open case in the unit")
    RULE = "rule", _("A routing rule fits")
    AREA = "area", _("The unit serves the municipality and age")
    FALLBACK = "fallback", _("No rule fits: the receiving unit keeps it")
