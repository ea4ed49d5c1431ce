"""A client plan: goals, services, who answers for what, when it is looked at again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from polku.access.models import Actor, Unit
from polku.assessments.models.assessment import Assessment
from polku.assessments.states import Agreement, Attained, PlanState
from polku.cases.models import Case, WorkItem
from polku.kit import public_id


class Plan(models.Model):
    """A version of a client's plan (asiakassuunnitelma, 1301/2014 39 §). In force from confirming until the next one.

    The estimates of need (39.2 § 1 and 2 kohta) come from the assessment it names; the texts here are the plan's own.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.PositiveIntegerField()
    assessment = models.ForeignKey(
        Assessment, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    state = models.CharField(max_length=10, choices=PlanState, default=PlanState.DRAFT)
    edit = models.PositiveIntegerField(default=0)
    situation = models.TextField(blank=True)
    strengths = models.TextField(blank=True, help_text="39.2 § 5 kohta")
    environment = models.TextField(blank=True, help_text="39.2 § 10 kohta, from 2025")
    client_proposal = models.TextField(blank=True, help_text="39.2 § 11 kohta, from 2025")
    cooperation = models.TextField(blank=True, help_text="39.2 § 8 kohta: partners and who answers for what")
    meetings = models.TextField(blank=True, help_text="39.2 § 4 kohta: how often client and worker meet")
    follow_up = models.TextField(blank=True, help_text="39.2 § 9 kohta")
    duration = models.CharField(max_length=300, blank=True, help_text="39.2 § 7 kohta")
    rights_told = models.BooleanField(default=False, help_text="36.4 §: alternatives, rights and duties explained")
    agreement = models.CharField(max_length=10, choices=Agreement, blank=True)
    differing_view = models.TextField(blank=True)
    review_on = models.DateField(null=True, blank=True)
    # In the worklist from some days before `review_on`; made when the plan comes into force.
    review_item = models.OneToOneField(WorkItem, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_ground = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["created_by", "key"], condition=~Q(key=""), name="plan_key_once"),
            models.UniqueConstraint(fields=["case", "version"], name="plan_version_once"),
            models.UniqueConstraint(fields=["case"], condition=Q(state="draft"), name="plan_one_draft"),
            models.UniqueConstraint(fields=["case"], condition=Q(state="in_force"), name="plan_one_in_force"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "discarded"], confirmed_at__isnull=True, confirmed_by__isnull=True)
                | (
                    Q(state__in=["in_force", "replaced", "ended"])
                    & Q(confirmed_at__isnull=False, confirmed_by__isnull=False, review_on__isnull=False)
                    & ~Q(agreement="")
                ),
                name="plan_confirmed_whole",
            ),
            models.CheckConstraint(
                condition=~Q(agreement="differs") | ~Q(differing_view="") | Q(state="draft"),
                name="plan_differing_view_written",
            ),
        ]
        indexes: ClassVar = [
            # Reviews due: plans in force by their day.
            models.Index(fields=["review_on"], name="plan_review", condition=Q(state="in_force")),
        ]

    def __str__(self) -> str:
        return f"plan {self.version} of {self.case_id}"


class Goal(models.Model):
    """A goal set together (39.2 § 6 kohta), and how it was attained by the next plan."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="goals", db_index=False)
    place = models.PositiveSmallIntegerField()
    text = models.TextField()
    means = models.TextField(blank=True)
    attained = models.CharField(max_length=10, choices=Attained, blank=True)
    attained_note = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "place"], name="goal_place_once")]

    def __str__(self) -> str:
        return f"goal {self.place} of {self.plan_id}"


class PlannedService(models.Model):
    """A service that the plan names as needed: what, from when, how long, who answers (39.2 § 3 and 8 kohta)."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="services", db_index=False)
    place = models.PositiveSmallIntegerField()
    service = models.SlugField(max_length=60, help_text="key of the code set `services`")
    begins = models.DateField(null=True, blank=True)
    duration = models.CharField(max_length=200, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    responsible = models.CharField(max_length=300)
    note = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "place"], name="plannedservice_place_once")]

    def __str__(self) -> str:
        return f"{self.service} in {self.plan_id}"
