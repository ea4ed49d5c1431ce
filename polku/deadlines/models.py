"""Clocks, their pauses and restarts. "Late" and "left" are never stored: they follow from these facts and the time."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.cases.models import WorkItem
from polku.deadlines import wording
from polku.deadlines.states import AGREED, Basis, Restarted, Stop
from polku.kit import public_id
from polku.rules import versions

RUNNING = Q(met_at__isnull=True, cancelled_at__isnull=True)


class Clock(models.Model):
    """A clock of a work item (määräaika): what must happen by when, by which rule, from what, and what stopped it.

    The sentence that says why is put together when it is read (`wording`): from the rule's version, which is never
    edited, from `facts`, those that the rule looked at, and from `because`: what the unit's calendar made of a promise
    then (`days` promised when not one, `cutoff` when it came after it, `pauses`; `skipped` holds the days left out when
    it is `listed`). A clock from before that has the whole sentence there, by language. `due_at` is the moment that
    alarms: the end of office hours on the last day, the closing time of a promise, the alarm of what must be done at
    once; None where there is no day.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    work_item = models.ForeignKey(WorkItem, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    basis = models.CharField(max_length=10, choices=Basis)
    counted_from_at = models.DateTimeField(help_text=_("what happened, truly, from which the limit counts"))
    day0 = models.DateField()
    facts = models.JSONField(default=dict, blank=True)
    last_day = models.DateField(null=True, blank=True)
    last_day_lenient = models.DateField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    because = models.JSONField(default=dict, blank=True)
    skipped = models.JSONField(default=list, blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    met_at = models.DateTimeField(null=True, blank=True)
    met_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False, null=True, blank=True)
    met_what = models.CharField(max_length=24, choices=Stop, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", db_index=False, null=True, blank=True
    )
    cancel_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(met_at__isnull=True, met_by__isnull=True, met_what="")
                | Q(met_at__isnull=False, met_by__isnull=False) & ~Q(met_what=""),
                name="clock_met_pair",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, cancelled_by__isnull=True, cancel_reason="")
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False) & ~Q(cancel_reason=""),
                name="clock_cancelled_pair",
            ),
            models.CheckConstraint(
                condition=Q(met_at__isnull=True) | Q(cancelled_at__isnull=True), name="clock_met_or_cancelled"
            ),
            models.CheckConstraint(
                condition=Q(met_at__isnull=True) | Q(met_at__gte=F("counted_from_at")), name="clock_met_after_start"
            ),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True, last_day_lenient__isnull=True)
                | Q(last_day__lte=F("last_day_lenient"), day0__lte=F("last_day"), due_at__isnull=False),
                name="clock_days_in_order",
            ),
            # A repeat opens nothing: one clock for a rule, a work item and a day.
            models.UniqueConstraint(
                fields=["work_item", "rule", "day0"],
                condition=Q(cancelled_at__isnull=True) & ~Q(rule=AGREED),
                name="clock_once",
            ),
            models.UniqueConstraint(
                fields=["work_item"],
                condition=Q(rule=AGREED, met_at__isnull=True, cancelled_at__isnull=True),
                name="clock_one_agreed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["work_item", "due_at"], name="clock_running", condition=RUNNING),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.day0}"

    @property
    def running(self) -> bool:
        """Whether nothing has stopped the clock yet; a paused promise runs too."""
        return self.met_at is None and self.cancelled_at is None

    @property
    def spec(self) -> versions.Version | None:
        """The rule's version that counted this clock; None for an agreed moment."""
        return None if self.rule == AGREED else versions.rule(self.rule).numbered(self.version)

    @property
    def name(self) -> str:
        """What must be done, in the reader's language."""
        spec = self.spec
        return str(_("Agreed call-back")) if spec is None else spec.name[(get_language() or "fi")[:2]]

    @property
    def sentence(self) -> str:
        """Why the last day is what it is, in the reader's language."""
        return wording.sentence(self, (get_language() or "fi")[:2])

    @property
    def source(self) -> versions.Source | None:
        """Where the rule stands, for these facts; None for an agreed moment."""
        law = wording.law(self)
        return None if law is None else law.source

    @property
    def counts_working_days(self) -> bool:
        """Whether time left is told in working days."""
        spec = self.spec
        return spec is not None and spec.unit == "working_days" and self.last_day is not None


class Pause(models.Model):
    """Days on which a promise stood still (keskeytys), from day to day inclusive; running while `until` is empty."""

    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="pauses")
    first = models.DateField()
    until = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=300)
    paused_at = models.DateTimeField()
    paused_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    resumed_at = models.DateTimeField(null=True, blank=True)
    resumed_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(until__isnull=True, resumed_at__isnull=True, resumed_by__isnull=True)
                | Q(until__isnull=False, resumed_at__isnull=False, resumed_by__isnull=False),
                name="pause_resumed_pair",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="pause_reasoned"),
            models.UniqueConstraint(fields=["clock"], condition=Q(until__isnull=True), name="pause_one_running"),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.first}-{self.until}"


class Restart(models.Model):
    """A clock that was counted anew: by what, from which day, and what it was before."""

    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="restarts")
    event = models.CharField(max_length=16, choices=Restarted)
    happened_at = models.DateTimeField()
    before_day0 = models.DateField()
    before_last_day = models.DateField(null=True, blank=True)
    before_because = models.JSONField(default=dict)
    restarted_at = models.DateTimeField()
    restarted_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clock", "event", "happened_at"], name="restart_once"),
            models.CheckConstraint(condition=Q(happened_at__lte=F("restarted_at")), name="restart_not_future"),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.event}"
