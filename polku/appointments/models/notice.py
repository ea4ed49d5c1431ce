"""The earlier-time list, the links that clients get, and the calendar feeds of workers. Secrets are kept as hashes."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from polku.access.models import Actor, Unit
from polku.appointments.models.booking import Appointment, Participant, paired
from polku.appointments.models.calendar import Kind, Place
from polku.appointments.states import WAITING, LinkPurpose, Mode, WaitState
from polku.clients.models import Client
from polku.kit import public_id


class WaitingEntry(models.Model):
    """Somebody who has a time and would come earlier (aikaisemman ajan lista), in order of joining.

    An offer does not hold the time: it stays bookable, and the first to take it gets it.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="waiting")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    modes = ArrayField(models.CharField(max_length=10, choices=Mode), default=list, blank=True)
    state = models.CharField(max_length=10, choices=WaitState, default=WaitState.WAITING)
    offered_at = models.DateTimeField(null=True, blank=True)
    offered_until = models.DateTimeField(null=True, blank=True)
    offered_start = models.DateTimeField(null=True, blank=True)
    offered_workers = ArrayField(models.BigIntegerField(), default=list, blank=True)
    offered_mode = models.CharField(max_length=10, choices=Mode, blank=True)
    offered_place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    declined = ArrayField(models.DateTimeField(), default=list, blank=True, help_text="starts offered and not taken")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=paired("offered_at", "offered_until", "offered_start"), name="waiting_offer_whole"
            ),
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(state__in=[str(state.value) for state in WAITING]),
                name="waiting_once",
            ),
            models.UniqueConstraint(fields=["created_by", "key"], condition=~Q(key=""), name="waiting_key_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["kind", "unit", "created_at"], name="waiting_order", condition=Q(state="waiting")),
            models.Index(fields=["offered_until"], name="waiting_offers", condition=Q(state="offered")),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.state}"


class ClientLink(models.Model):
    """A link in a message to a client: only its hash is kept. `actor` is who acts when the holder acts by it.

    With a `participant` it is about that client's own seat in the group, and opens nothing of the others.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=12, choices=LinkPurpose)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="links")
    waiting = models.ForeignKey(WaitingEntry, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=2)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("created_at")), name="clientlink_period"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.appointment_id}"


class Feed(models.Model):
    """A worker's own calendar as an iCalendar feed at a secret address; a new address ends the old one."""

    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["actor"], condition=Q(ended_at__isnull=True), name="feed_one"),
        ]

    def __str__(self) -> str:
        return f"feed of {self.actor_id}"
