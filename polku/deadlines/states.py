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
