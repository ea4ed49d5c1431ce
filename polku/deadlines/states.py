"""Closed lists of clocks."""

from django.db import models
from django.utils.translation import gettext_lazy as _

# A promise made aloud, by its own moment; every other rule is one of `polku law list`.
AGREED = "callback_agreed"


class Basis(models.TextChoices):
    """Why a clock is followed."""

    STATUTE = "statute", _("Act")
    PRECAUTION = "precaution", _("Followed as a precaution")
    PROMISE = "promise", _("The unit's promise")
    AGREED = "agreed", _("Agreed with the client")


# Clocks that an act has set, or that are followed as if it had.
BINDING = frozenset({Basis.STATUTE, Basis.PRECAUTION})


class Stop(models.TextChoices):
    """What happened that stops clocks (`stops_at` of the rules)."""

    URGENCY_RECORDED = "urgency_recorded", _("Urgency assessed and recorded")
    ASSESSMENT_STARTED = "assessment_started", _("Assessment of service needs started")
    ASSESSMENT_COMPLETED = "assessment_completed", _("Assessment of service needs completed")
    SERVICE_STARTED = "service_started", _("Service started")
    DECISION_MADE = "decision_made", _("Decision made")
    SUPPLEMENT_REQUESTED = "supplement_requested", _("Request to complete the application sent")
    TALK_HELD = "talk_held", _("Personal talk held")
    REVIEW_ARRIVED = "review_arrived", _("Request for review arrived")
    FIRST_ANSWER = "first_answer", _("First answer given")
    CONTACT_HELD = "contact_held", _("Booked contact held")
    CALLED_BACK = "called_back", _("Called back")


class Restarted(models.TextChoices):
    """What starts a clock anew (1412/1997 14 a § 3 mom.)."""

    COMPLETED = "completed", _("The application was completed")
    SET_TIME_ENDED = "set_time_ended", _("The set time to complete it ended")


class Cancelled(models.TextChoices):
    """Why a clock was cancelled by the product itself; a person writes their own reason."""

    CORRECTED = "corrected", _("The facts were corrected")
    ANOTHER_TIME = "another_time", _("Another time was agreed on")
    SAME_CLOCK = "same_clock", _("The case has the same clock")
    REFUSED = "refused", _("The service was not granted: there is nothing to carry out")
    PERIOD_ENDED = "period_ended", _("The period has ended")
    CAME_BACK = "came_back", _("The letter came back")


def reason_words(reason: str) -> str:
    """Return a reason for cancelling in the reader's language; what a person wrote stays as written."""
    return str(Cancelled(reason).label) if reason in Cancelled.values else reason
