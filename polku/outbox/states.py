"""The life of a message and of one try to send it."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Channel(TextChoices):
    """The way a message takes. A letter is a page that is printed and marked handed over or posted."""

    SMS = "sms", _("Text message")
    EMAIL = "email", _("E-mail")
    LETTER = "letter", _("Letter")


class Language(TextChoices):
    """The languages that message texts are written in."""

    FINNISH = "fi", _("Finnish")
    SWEDISH = "sv", _("Swedish")
    ENGLISH = "en", _("English")


class State(TextChoices):
    """Where a message is."""

    QUEUED = "queued", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Could not be delivered")
    GIVEN_UP = "given_up", _("Sending did not succeed")
    CANCELLED = "cancelled", _("Cancelled")
    HANDED_OVER = "handed_over", _("Handed over")


class TryOutcome(TextChoices):
    """How one try ended; the middle four are what gateways answer."""

    STARTED = "started", _("Under way")
    ACCEPTED = "accepted", _("Accepted")
    TEMPORARY = "temporary", _("To be repeated")
    PERMANENT = "permanent", _("Refused")
    UNKNOWN = "unknown", _("Connection was cut")
    INTERRUPTED = "interrupted", _("Sender stopped")


WAITING = (State.QUEUED, State.SENDING)
UNDELIVERED = (State.FAILED, State.GIVEN_UP)

# A receipt tells what has happened whatever the row believes: it may come before the gateway's own answer was written
# down, or after giving up. A receipt of delivery is never taken back. A sender whose lease ran out may still report
# that the message was accepted. Sending again after a failure is a new message with an id of its own.
TRANSITIONS: dict[State, tuple[State, ...]] = {
    State.QUEUED: (
        State.SENDING,
        State.SENT,
        State.DELIVERED,
        State.FAILED,
        State.GIVEN_UP,
        State.CANCELLED,
        State.HANDED_OVER,
    ),
    State.SENDING: (
        State.SENDING,
        State.QUEUED,
        State.SENT,
        State.DELIVERED,
        State.FAILED,
        State.GIVEN_UP,
    ),
    State.SENT: (State.DELIVERED, State.FAILED),
    State.DELIVERED: (),
    State.FAILED: (State.DELIVERED, State.HANDED_OVER),
    State.GIVEN_UP: (State.SENT, State.DELIVERED, State.FAILED, State.HANDED_OVER),
    State.CANCELLED: (),
    State.HANDED_OVER: (),
}


def leading_to(target: State) -> tuple[State, ...]:
    """Return the states from which a message may go to ``target``."""
    return tuple(state for state, targets in TRANSITIONS.items() if target in targets)
