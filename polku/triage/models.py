"""First assessments, routing rules and saved lists."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from polku.access.models import Actor, Municipality, Unit, open_on
from polku.contacts.models import Contact
from polku.kit import public_id
from polku.triage.states import AssessmentNeed


class FirstAssessment(models.Model):
    """A first assessment of a contact (ensiarvio). A new look is a new version; none is edited.

    `criteria` are keys of the code set `urgency_criteria` that the worker ticked; `none_apply` says that the worker
    looked and found none. `facts` are those that decide which clocks start, as they were known then.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.PositiveIntegerField()
    criteria = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    none_apply = models.BooleanField(default=False)
    urgent = models.BooleanField()
    grounds = models.TextField(blank=True)
    assessment_need = models.CharField(max_length=12, choices=AssessmentNeed, default=AssessmentNeed.UNDECIDED)
    assessment_grounds = models.TextField(blank=True)
    facts = models.JSONField(default=dict, blank=True)
    rule = models.CharField(max_length=40, default="urgency")
    rule_version = models.CharField(max_length=20, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    author_name = models.CharField(max_length=200)
    author_title = models.CharField(max_length=120, blank=True)
    key = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contact", "version"], name="firstassessment_version_once"),
            models.UniqueConstraint(fields=["made_by", "key"], condition=~Q(key=""), name="firstassessment_key_once"),
            models.CheckConstraint(
                condition=Q(none_apply=True, criteria=[]) | Q(none_apply=False) & ~Q(criteria=[]),
                name="firstassessment_looked",
            ),
            models.CheckConstraint(condition=Q(urgent=False) | ~Q(grounds=""), name="firstassessment_urgent_grounds"),
            models.CheckConstraint(
                condition=~Q(assessment_need=AssessmentNeed.NOT_NEEDED) | ~Q(assessment_grounds=""),
                name="firstassessment_not_needed_grounds",
            ),
        ]

    def __str__(self) -> str:
        return f"first assessment {self.version} of {self.contact_id}"


class RoutingRule(models.Model):
    """Where contacts of a municipality, an age and a need go, for a period; the lowest `place` that fits wins.

    An empty municipality or need means any.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    place = models.PositiveIntegerField()
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    min_age = models.PositiveSmallIntegerField(null=True, blank=True)
    max_age = models.PositiveSmallIntegerField(null=True, blank=True)
    need = models.CharField(max_length=60, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=open_on(), name="routingrule_period"),
            models.CheckConstraint(
                condition=Q(min_age__isnull=True) | Q(max_age__isnull=True) | Q(max_age__gte=F("min_age")),
                name="routingrule_ages",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["place"], name="routingrule_place")]

    def __str__(self) -> str:
        return f"{self.place}: {self.municipality_id or '*'} {self.need or '*'} -> {self.unit_id}"


class SavedFilter(models.Model):
    """A worker's own saved list: name and the filter's plain values."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    values = models.JSONField(default=dict)
    place = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["actor", "name"], name="savedfilter_name_once")]

    def __str__(self) -> str:
        return self.name
