"""What is booked: the appointment, its claims on workers and a room, and the participants of a group."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import DateTimeRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q

from polku.access.models import Actor, Unit
from polku.appointments.models.calendar import Kind, Place, Resource
from polku.appointments.spans import HELSINKI
from polku.appointments.states import LIVE, CancelledBy, Mode, State
from polku.cases.models import Case, WorkItem
from polku.clients.models import Client
from polku.contacts.models import CallBack, Contact
from polku.kit import public_id


def paired(*names: str) -> Q:
    """Return the check that the columns are all empty or all filled."""
    return Q(**{f"{name}__isnull": True for name in names}) | Q(**{f"{name}__isnull": False for name in names})


class Appointment(models.Model):
    """A time with a worker (ajanvaraus), from the moment somebody holds it.

    `during` is what the client is told, `blocks` the same with the buffers around it. `live` is derived from the state
    by the database; claims follow both (`Claim`). `promised_by` is the last day of the first promise: a moved time
    keeps it.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    mode = models.CharField(max_length=10, choices=Mode)
    during = DateTimeRangeField()
    blocks = DateTimeRangeField()
    state = models.CharField(max_length=10, choices=State)
    live = models.GeneratedField(
        expression=Q(state__in=[str(state.value) for state in LIVE]),  # type: ignore[arg-type]
        output_field=models.BooleanField(),
        db_persist=True,
    )
    capacity = models.PositiveSmallIntegerField(default=1)

    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    work_item = models.ForeignKey(WorkItem, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    need = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=3, blank=True)
    promised_by = models.DateField(null=True, blank=True)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, related_name="replacement", null=True, blank=True)

    held_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=80, blank=True)
    booked_at = models.DateTimeField(null=True, blank=True)
    booked_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    told_at = models.DateTimeField(null=True, blank=True)
    told_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    told_text = models.TextField(blank=True, help_text="the sentence that was read aloud, as it was")
    told_in_first_contact = models.BooleanField(default=False)
    reminded_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    arrived_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    cancelled_side = models.CharField(max_length=10, choices=CancelledBy, blank=True)
    cancelled_reason = models.CharField(max_length=300, blank=True)
    restored = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="how many times a cancellation was taken back"
    )

    seat: Participant | None = None
    """Whose own view of a group time this is (`seats.own`); never stored."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(blocks__contains=F("during")), name="appointment_blocks"),
            models.CheckConstraint(
                condition=Q(during__isempty=False, during__lower_inf=False, during__upper_inf=False)
                & Q(blocks__lower_inf=False, blocks__upper_inf=False),
                name="appointment_finite",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.HELD) | Q(held_until__isnull=False), name="appointment_held"
            ),
            models.CheckConstraint(condition=paired("booked_at", "booked_by"), name="appointment_booked_pair"),
            models.CheckConstraint(
                condition=paired("told_at", "told_by") & (Q(told_at__isnull=True, told_text="") | ~Q(told_text="")),
                name="appointment_told_pair",
            ),
            models.CheckConstraint(
                condition=~Q(told_in_first_contact=True) | Q(told_at__isnull=False, contact__isnull=False),
                name="appointment_told_in_contact",
            ),
            models.CheckConstraint(condition=paired("arrived_at", "arrived_by"), name="appointment_arrived_pair"),
            models.CheckConstraint(condition=paired("closed_at", "closed_by"), name="appointment_closed_pair"),
            models.CheckConstraint(
                condition=~Q(state__in=["cancelled", "moved"]) | (~Q(cancelled_side="") & ~Q(cancelled_reason="")),
                name="appointment_cancel_reasoned",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["held", "released", "expired"]) | Q(booked_at__isnull=False),
                name="appointment_booked_first",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["held", "released", "expired"])
                | Q(capacity__gt=1)
                | Q(client__isnull=False)
                | Q(contact__isnull=False),
                name="appointment_for_somebody",
            ),
            models.UniqueConstraint(fields=["created_by", "key"], condition=~Q(key=""), name="appointment_key_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "created_at"], name="appointment_client", condition=Q(client__isnull=False)),
            models.Index(fields=["contact"], name="appointment_contact", condition=Q(contact__isnull=False)),
            models.Index(fields=["case"], name="appointment_case", condition=Q(case__isnull=False)),
            models.Index(fields=["held_until"], name="appointment_holds", condition=Q(state="held")),
            GistIndex(fields=["unit", "during"], name="appointment_unit_during", condition=Q(live=True)),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"

    @property
    def starts_at(self) -> datetime:
        """When it begins, in UTC."""
        return self.during.lower  # type: ignore[no-any-return]

    @property
    def ends_text(self) -> str:
        """The hour at which it ends, as people read it: `14.00`."""
        return f"{self.ends_at.astimezone(HELSINKI):%-H.%M}"

    @property
    def ends_at(self) -> datetime:
        """When it ends, in UTC, as told to the client."""
        return self.during.upper  # type: ignore[no-any-return]


class Claim(models.Model):
    """A worker or room taken for an appointment.

    `during` and `live` are the appointment's own: a foreign key over (appointment, during, live) carries every change,
    and an exclusion constraint lets no two live claims of a resource overlap (both in migration 0002).
    """

    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="claims", db_constraint=False, db_index=False
    )
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(help_text="which worker of the kind; 0 is the room")
    during = DateTimeRangeField()
    live = models.BooleanField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["appointment", "position"], name="claim_seat_once"),
            models.UniqueConstraint(fields=["appointment", "resource"], name="claim_resource_once"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} for {self.appointment_id}"


class Participant(models.Model):
    """A client's seat in a group appointment: one claim on the workers, many participants."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="participants")
    seat = models.PositiveSmallIntegerField()
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.BOOKED)
    promised_by = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=80, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    told_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    told_text = models.TextField(
        blank=True, default="", db_default="", help_text="the sentence that was read aloud, as it was"
    )
    told_in_first_contact = models.BooleanField(default=False, db_default=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    cancelled_side = models.CharField(max_length=10, choices=CancelledBy, blank=True)
    cancelled_reason = models.CharField(max_length=300, blank=True)
    restored = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="how many times a cancellation was taken back"
    )

    attempt: CallBack | None = None
    """The call that is promised because they did not come, where a page shows it; never stored."""
    said: str = ""
    """What was said in the contact from which the seat was given, where a page shows it; never stored."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(seat__gt=0), name="participant_seat"),
            models.CheckConstraint(condition=paired("closed_at", "closed_by"), name="participant_closed_pair"),
            models.UniqueConstraint(
                fields=["appointment", "seat"], condition=~Q(state="cancelled"), name="participant_seat_once"
            ),
            models.UniqueConstraint(
                fields=["appointment", "client"], condition=~Q(state="cancelled"), name="participant_client_once"
            ),
            models.UniqueConstraint(fields=["created_by", "key"], condition=~Q(key=""), name="participant_key_once"),
            models.CheckConstraint(
                condition=paired("told_at", "told_by") & (Q(told_at__isnull=True, told_text="") | ~Q(told_text="")),
                name="participant_told_pair",
            ),
            models.CheckConstraint(
                condition=~Q(told_in_first_contact=True) | Q(told_at__isnull=False, contact__isnull=False),
                name="participant_told_in_contact",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["contact"], name="participant_contact", condition=Q(contact__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} in {self.appointment_id}"
