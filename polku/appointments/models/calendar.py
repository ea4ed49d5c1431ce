"""Calendars: kinds of appointment, who may book them, places, workers and rooms, openings, busy times read in."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language

from polku.access.models import Actor, Municipality, Unit, in_language, open_on
from polku.access.states import Role
from polku.appointments.states import WEEKDAYS, Mode, ResourceKind
from polku.kit import public_id


class Kind(models.Model):
    """A kind of appointment (ajanvaraustyyppi): how long, how far ahead, how, with how many workers and clients."""

    key = models.SlugField(max_length=60, unique=True)
    name_fi = models.CharField(max_length=120)
    name_sv = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    duration_minutes = models.PositiveSmallIntegerField(default=45)
    before_minutes = models.PositiveSmallIntegerField(default=0, help_text="travel or preparation, before")
    after_minutes = models.PositiveSmallIntegerField(default=15, help_text="writing down, after")
    step_minutes = models.PositiveSmallIntegerField(default=15, help_text="starts fall on these minutes of the hour")
    lead_minutes = models.PositiveIntegerField(default=60, help_text="earliest start from now")
    horizon_days = models.PositiveSmallIntegerField(default=60)
    modes = ArrayField(models.CharField(max_length=10, choices=Mode), help_text="best first")
    needs_room = models.BooleanField(default=False)
    capacity = models.PositiveSmallIntegerField(default=1, help_text="clients at once; more than one is a group")
    client_change_hours = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        default=2,
        help_text="the client may move or cancel until so many hours before; empty = no",
    )
    reminder_hours = models.PositiveSmallIntegerField(null=True, blank=True, default=24)
    rules = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, help_text="clocks that a meeting of this kind meets"
    )
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=open_on(), name="kind_period"),
            models.CheckConstraint(condition=Q(duration_minutes__gt=0), name="kind_duration"),
            models.CheckConstraint(condition=Q(step_minutes__in=[5, 10, 15, 20, 30, 60]), name="kind_step"),
            models.CheckConstraint(condition=Q(capacity__gt=0), name="kind_capacity"),
            models.CheckConstraint(condition=Q(modes__len__gt=0), name="kind_modes"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self, "name")


class KindSeat(models.Model):
    """One of the workers whom a kind takes: whose role fits, and from which unit (empty: the unit that is booked)."""

    kind = models.ForeignKey(Kind, on_delete=models.CASCADE, related_name="seats")
    position = models.PositiveSmallIntegerField()
    roles = ArrayField(models.CharField(max_length=20, choices=Role), default=list, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "position"], name="kindseat_once")]

    def __str__(self) -> str:
        return f"{self.kind_id}/{self.position}"


class BookingRule(models.Model):
    """The rules of the game (pelisäännöt): who may book a kind, in whose calendar, for what need, from when to when."""

    kind = models.ForeignKey(Kind, on_delete=models.CASCADE, related_name="booking_rules")
    booker_role = models.CharField(max_length=20, choices=Role, blank=True, help_text="empty = any role that may book")
    booker_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    client = models.BooleanField(default=False, help_text="the client too, by link or signed in")
    target_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    needs = ArrayField(models.CharField(max_length=60), default=list, blank=True, help_text="empty = any need")
    note = models.CharField(max_length=300, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=open_on(), name="bookingrule_period")]
        indexes: ClassVar = [models.Index(fields=["kind", "target_unit"], name="bookingrule_kind_unit")]

    def __str__(self) -> str:
        return f"{self.booker_role or '*'} -> {self.kind_id} of {self.target_unit_id}"


class Place(models.Model):
    """Where clients are met (paikka). `unit` is the station or office whose closing days shut it."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    name_fi = models.CharField(max_length=120)
    name_sv = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    street_fi = models.CharField(max_length=120)
    street_sv = models.CharField(max_length=120, blank=True)
    postcode = models.CharField(max_length=5, blank=True)
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=open_on(), name="place_period")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self, "name")

    @property
    def street(self) -> str:
        """The street address in the reader's language."""
        return self.street_sv if (get_language() or "fi").startswith("sv") and self.street_sv else self.street_fi


class Resource(models.Model):
    """What can be claimed for a time: a worker's time or a room. Its row is what a booking locks."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    kind = models.CharField(max_length=10, choices=ResourceKind)
    actor = models.OneToOneField(Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="rooms", null=True, blank=True)
    name = models.CharField(max_length=120, blank=True, help_text="the room's name or number")
    seats = models.PositiveSmallIntegerField(default=0, help_text="how many people the room takes")
    active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind=ResourceKind.WORKER, actor__isnull=False, place__isnull=True)
                | (Q(kind=ResourceKind.ROOM, actor__isnull=True, place__isnull=False) & ~Q(name="")),
                name="resource_worker_or_room",
            ),
            models.UniqueConstraint(fields=["place", "name"], name="resource_room_once", condition=Q(kind="room")),
        ]

    def __str__(self) -> str:
        return self.name or str(self.actor)


class Opening(models.Model):
    """When a worker may be booked (aukiolo): local wall times on a weekday in a rhythm, or once on a date.

    `ends` 00.00 is the end of the day. No kinds means every kind of the unit; no languages means the worker's own.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="openings")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    weekday = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 = Monday")
    on_date = models.DateField(null=True, blank=True)
    starts = models.TimeField()
    ends = models.TimeField()
    every_weeks = models.PositiveSmallIntegerField(default=1)
    anchor = models.DateField(null=True, blank=True, help_text="any date of a week in which the rhythm is on")
    modes = ArrayField(models.CharField(max_length=10, choices=Mode))
    kinds = models.ManyToManyField(Kind, related_name="+", blank=True)
    languages = ArrayField(models.CharField(max_length=3), default=list, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=open_on(), name="opening_period"),
            models.CheckConstraint(
                condition=Q(weekday__range=(1, 7), on_date__isnull=True)
                | Q(weekday__isnull=True, on_date__isnull=False),
                name="opening_weekday_or_date",
            ),
            models.CheckConstraint(
                condition=Q(every_weeks=1) | Q(every_weeks__range=(2, 8), anchor__isnull=False), name="opening_rhythm"
            ),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")) | Q(ends="00:00"), name="opening_order"),
            models.CheckConstraint(condition=Q(modes__len__gt=0), name="opening_modes"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["resource", "valid_until"], name="opening_resource"),
            models.Index(fields=["unit", "valid_until"], name="opening_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.weekday or self.on_date} {self.starts}-{self.ends}"

    @property
    def weekday_name(self) -> str:
        """The weekday in the reader's language; empty for an opening of one date."""
        return str(WEEKDAYS[self.weekday - 1]) if self.weekday else ""

    @property
    def mode_words(self) -> str:
        """The ways to meet in the reader's language."""
        return ", ".join(str(Mode(mode).label).lower() for mode in self.modes)


class BusySource(models.Model):
    """Another calendar of the worker, read in so that its times are not offered: an address, or a file given once."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="busy_sources")
    name = models.CharField(max_length=120)
    url = models.URLField(max_length=500, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["resource", "name"], name="busysource_once")]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.name}"


class BusyTime(models.Model):
    """A time that another calendar says is taken. Only when, never what or with whom."""

    source = models.ForeignKey(BusySource, on_delete=models.CASCADE, related_name="times")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="+")
    during = DateTimeRangeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(during__isempty=False), name="busytime_some")]
        indexes: ClassVar = [GistIndex(fields=["resource", "during"], name="busytime_resource_during")]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.during}"
