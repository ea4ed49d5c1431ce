"""Series of meetings, their members, meetings, items of the agenda with their clock, criteria and position."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from polku.access.models import Actor, Unit, in_language, open_on
from polku.assessments.models import Assessment
from polku.cases.models import Case
from polku.kit import public_id
from polku.meetings.states import Basis, Fulfilled, Ground, ItemState, MeetingState, MemberRole, Outcome


class Series(models.Model):
    """A group that meets again and again (kokoussarja): what it weighs, who belongs to it, how long an item takes.

    `decider` says who decides on what the group has weighed: it prepares, and a named office-holder with the power
    decides and signs; empty where the group's own office-holder is chosen for each decision.
    """

    key = models.SlugField(max_length=60, unique=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    name_fi = models.CharField(max_length=120)
    name_sv = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    rubric = models.SlugField(max_length=60, blank=True, help_text="key of the form whose criteria the group weighs")
    form = models.SlugField(max_length=60, help_text="key of the form that must be locked before an item is ready")
    decider = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(default=10, help_text="an item takes so long unless told otherwise")
    soon_minutes = models.PositiveSmallIntegerField(default=3)
    # The last moment for putting an item on the agenda, hours before the meeting.
    closes_hours = models.PositiveSmallIntegerField(default=0)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=open_on(), name="series_period"),
            models.CheckConstraint(condition=Q(minutes__range=(1, 240)), name="series_minutes"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def name(self) -> str:
        """The group's name in the reader's language."""
        return in_language(self, "name")


class Member(models.Model):
    """A person's part in a series, from day to day. The client's own worker joins for their item without one."""

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="members", db_index=False)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=12, choices=MemberRole)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=open_on(), name="member_period"),
            models.UniqueConstraint(fields=["series", "actor", "valid_from"], name="member_once"),
            models.UniqueConstraint(
                fields=["series"], condition=Q(role="chair", valid_until__isnull=True), name="member_one_chair"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.actor_id}"


class Meeting(models.Model):
    """One meeting (kokous). `stamp` grows with every change, so that all who have the page open see the same."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="meetings", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=MeetingState, default=MeetingState.PLANNED)
    stamp = models.PositiveIntegerField(default=0)
    chair = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    cancelled_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["created_by", "key"], condition=~Q(key=""), name="meeting_key_once"),
            models.UniqueConstraint(
                fields=["series", "starts_at"], condition=~Q(state="cancelled"), name="meeting_once"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="meeting_period"),
            models.CheckConstraint(
                condition=Q(began_at__isnull=True, state__in=["planned", "cancelled"])
                | Q(began_at__isnull=False, chair__isnull=False, state__in=["running", "paused", "ended"]),
                name="meeting_begun_with_chair",
            ),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False) | ~Q(state="ended") & Q(ended_at__isnull=True),
                name="meeting_ended_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | ~Q(cancelled_reason=""), name="meeting_cancelled_reasoned"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["series", "starts_at"], name="meeting_series")]

    def __str__(self) -> str:
        return f"{self.series_id} {self.starts_at}"


class Pause(models.Model):
    """A break of a meeting, half-open; running without an end."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="pauses", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")), name="meetingpause_period"
            ),
            models.UniqueConstraint(
                fields=["meeting"], condition=Q(ends_at__isnull=True), name="meetingpause_one_running"
            ),
            models.UniqueConstraint(fields=["meeting", "starts_at"], name="meetingpause_once"),
        ]

    def __str__(self) -> str:
        return f"pause {self.starts_at}"


class Attendance(models.Model):
    """Who was there (läsnäolo), from a moment until a moment; still there without an end."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="attendance", db_index=False)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(max_length=12, choices=MemberRole)
    came_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("came_at")), name="attendance_period"
            ),
            models.UniqueConstraint(
                fields=["meeting", "actor"], condition=Q(left_at__isnull=True), name="attendance_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} in {self.meeting_id}"


class Item(models.Model):
    """A client's matter on an agenda (asia): the worker's own estimate, real use of time, the group's position.

    `place` is the order on the agenda. `used` holds the seconds of its earlier openings, `opened_at` the moment since
    which it is open now. An item that did not fit or was moved goes on as a new item of a later meeting (`carries`).
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items", db_index=False)
    place = models.PositiveIntegerField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    assessment = models.ForeignKey(
        Assessment, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    basis = models.CharField(max_length=10, choices=Basis)
    service = models.SlugField(max_length=60, help_text="key of the code set `services`: what is proposed")
    question = models.TextField(blank=True, help_text="what the worker asks of the group")
    minutes = models.PositiveSmallIntegerField()
    added = models.PositiveSmallIntegerField(default=0, help_text="minutes given to it in the meeting")
    presenter = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.WAITING)
    used = models.PositiveIntegerField(default=0)
    first_opened_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    # Who led it: another than the meeting's chair when the chair is disqualified in it (434/2003 27 §).
    chair = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    outcome_reason = models.TextField(blank=True)
    outcome_service = models.SlugField(max_length=60, blank=True)
    decider = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    carries = models.OneToOneField("self", on_delete=models.PROTECT, related_name="carried_by", null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["created_by", "key"], condition=~Q(key=""), name="item_key_once"),
            # Moving an item moves the others past it in one statement.
            models.UniqueConstraint(
                fields=["meeting", "place"], name="item_place_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.UniqueConstraint(
                fields=["case", "service"], condition=Q(state__in=["waiting", "open"]), name="item_one_waiting"
            ),
            models.UniqueConstraint(fields=["meeting"], condition=Q(state="open"), name="item_one_open"),
            models.CheckConstraint(condition=Q(minutes__range=(1, 240), added__lte=240), name="item_minutes"),
            models.CheckConstraint(
                condition=Q(state="open", opened_at__isnull=False) | ~Q(state="open") & Q(opened_at__isnull=True),
                name="item_open_since",
            ),
            models.CheckConstraint(
                condition=~Q(state="open") | Q(first_opened_at__isnull=False, chair__isnull=False),
                name="item_open_led",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "moved"], settled_at__isnull=False, settled_by__isnull=False)
                & ~Q(outcome="")
                | ~Q(state__in=["done", "moved"]) & Q(outcome=""),
                name="item_settled_whole",
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=["refused", "returned"]) | ~Q(outcome_reason=""), name="item_reasoned"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["case", "-created_at"], name="item_case")]

    def __str__(self) -> str:
        return f"item {self.place} of {self.meeting_id}"


class ItemCriterion(models.Model):
    """How one access criterion is fulfilled, with the reason as written (pääsykriteeri)."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="criteria", db_index=False)
    criterion = models.CharField(max_length=160, help_text="path of the criterion's question in the rubric")
    fulfilled = models.CharField(max_length=10, choices=Fulfilled)
    reason = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["item", "criterion"], name="itemcriterion_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="itemcriterion_reasoned"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} {self.fulfilled}"


class Disqualification(models.Model):
    """Somebody must not take part in an item (esteellisyys, 434/2003 27-28 §): they leave the room for its time."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="disqualified", db_index=False)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    ground = models.CharField(max_length=10, choices=Ground)
    note = models.CharField(max_length=300, blank=True)
    told_at = models.DateTimeField()
    told_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    left_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["item", "actor"], condition=Q(withdrawn_at__isnull=True), name="disqualification_once"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
                name="disqualification_withdrawn_reasoned",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.ground}"


class Minutes(models.Model):
    """The minutes of a meeting (pöytäkirja), made when it ends: never edited, a correction is a new version."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="minutes", db_index=False)
    version = models.PositiveIntegerField()
    content = models.JSONField(help_text="who was there, items, positions, criteria, minutes used; as they were then")
    note = models.TextField(blank=True)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["meeting", "version"], name="minutes_version_once"),
            models.CheckConstraint(
                condition=Q(checked_at__isnull=True, checked_by__isnull=True)
                | Q(checked_at__isnull=False, checked_by__isnull=False),
                name="minutes_checked_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"minutes {self.version} of {self.meeting_id}"
