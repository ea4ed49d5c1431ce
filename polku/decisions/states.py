"""Closed lists of decisions, letters and deliveries, and the ways between their states."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DecisionState(models.TextChoices):
    """Where a decision is."""

    DRAFT = "draft", _("Draft")
    SIGNED = "signed", _("Signed")
    CORRECTED = "corrected", _("Corrected by a new one")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    DISCARDED = "discarded", _("Discarded before signing")


# What has been signed is never changed: a correction (434/2003 50-51 §), a withdrawal and a replacement are decisions
# of their own that name it.
TRANSITIONS: dict[DecisionState, tuple[DecisionState, ...]] = {
    DecisionState.DRAFT: (DecisionState.SIGNED, DecisionState.DISCARDED),
    DecisionState.SIGNED: (DecisionState.CORRECTED, DecisionState.WITHDRAWN),
    DecisionState.CORRECTED: (),
    DecisionState.WITHDRAWN: (),
    DecisionState.DISCARDED: (),
}


class Follows(models.TextChoices):
    """Why a decision is made about an earlier one."""

    CORRECTS_SPELLING = "corrects_spelling", _("Corrects a clerical error (51 §)")
    CORRECTS_FACT = "corrects_fact", _("Corrects an error of fact (50 §)")
    WITHDRAWS = "withdraws", _("Withdraws it")
    REPLACES = "replaces", _("Takes its place from a day on")


class ReasoningState(models.TextChoices):
    """Where a text of the library of reasonings is."""

    DRAFT = "draft", _("Draft")
    REVIEWED = "reviewed", _("Reviewed")
    REPLACED = "replaced", _("Replaced")


REASONING_TRANSITIONS: dict[ReasoningState, tuple[ReasoningState, ...]] = {
    ReasoningState.DRAFT: (ReasoningState.REVIEWED,),
    ReasoningState.REVIEWED: (ReasoningState.REPLACED,),
    ReasoningState.REPLACED: (),
}


class Way(models.TextChoices):
    """How a decision reaches the client; each is a way of `rules.delivery`, which knows when it is received."""

    ELECTRONIC = "electronic", _("Suomi.fi message")
    POST = "post", _("Letter by post")
    HANDED_OVER = "handed_over", _("Handed over to the client")


class DeliveryState(models.TextChoices):
    """Where a delivery is."""

    WAITING = "waiting", _("Waiting")
    PRINTED = "printed", _("Printed, to be posted")
    SENT = "sent", _("Sent")
    RECEIVED = "received", _("Received")
    RETURNED = "returned", _("Came back")
    FAILED = "failed", _("Could not be sent")
    CANCELLED = "cancelled", _("Another way was chosen")


# A delivery that failed or came back is followed by another one, which names it.
DELIVERY_TRANSITIONS: dict[DeliveryState, tuple[DeliveryState, ...]] = {
    DeliveryState.WAITING: (
        DeliveryState.PRINTED,
        DeliveryState.SENT,
        DeliveryState.RECEIVED,
        DeliveryState.FAILED,
        DeliveryState.CANCELLED,
    ),
    DeliveryState.PRINTED: (DeliveryState.WAITING, DeliveryState.SENT),
    DeliveryState.SENT: (DeliveryState.RECEIVED, DeliveryState.RETURNED, DeliveryState.FAILED),
    # The post brings back what was deemed received: it is shown otherwise (434/2003 59 § 2 mom.).
    DeliveryState.RECEIVED: (DeliveryState.RETURNED,),
    DeliveryState.RETURNED: (),
    DeliveryState.FAILED: (),
    DeliveryState.CANCELLED: (),
}


class RunState(models.TextChoices):
    """Where a print run is."""

    OPEN = "open", _("To be posted")
    POSTED = "posted", _("Posted")
    CANCELLED = "cancelled", _("Taken back")


RUN_TRANSITIONS: dict[RunState, tuple[RunState, ...]] = {
    RunState.OPEN: (RunState.POSTED, RunState.CANCELLED),
    RunState.POSTED: (),
    RunState.CANCELLED: (),
}
