"""Closed lists of the hand-over to record systems."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DocumentKind(models.TextChoices):
    """What is handed over."""

    ASSESSMENT = "assessment", _("Assessment of service needs")
    PLAN = "plan", _("Client plan")
    DECISION = "decision", _("Decision")


class TaskState(models.TextChoices):
    """Where a hand-over is."""

    OPEN = "open", _("To be stored")
    CONFIRMED = "confirmed", _("Stored")
    NOT_NEEDED = "not_needed", _("Need not be stored")


TRANSITIONS: dict[TaskState, tuple[TaskState, ...]] = {
    TaskState.OPEN: (TaskState.CONFIRMED, TaskState.NOT_NEEDED),
    # Confirmed by mistake: the number was of another document.
    TaskState.CONFIRMED: (TaskState.OPEN,),
    TaskState.NOT_NEEDED: (TaskState.OPEN,),
}
