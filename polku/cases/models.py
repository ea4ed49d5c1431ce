"""Work items, cases, relation rows, timeline. Every stage above points down to these."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from polku.access.models import Actor, Unit, open_on
from polku.cases.states import (
    InitiatedHow,
    PersonRole,
    Register,
    RelationKind,
    ServiceTask,
    WorkKind,
)
from polku.clients.models import Client
from polku.kit import public_id


class WorkItem(models.Model):
    """Something somebody must do (työ): one row of the worklist. The contact, case or call-back points here.

    `next_due` is a stored derived value: the nearest moment among the running clocks, written by
    `deadlines.actions` alone, in the transaction that changes the clocks. So are `language` and `interpreter`, those of
    the contact, call-back or case's client behind it: lists are counted by them (docs/adr, "Language on the work
    item"). `polku check --facts` compares them all.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    kind = models.CharField(max_length=12, choices=WorkKind)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    assignee = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    urgent = models.BooleanField(default=False)
    next_due = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=3, blank=True, default="", db_default="")
    interpreter = models.BooleanField(default=False, db_default=False)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    hold_until = models.DateField(null=True, blank=True)
    hold_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
                name="workitem_order",
            ),
            models.CheckConstraint(
                condition=Q(hold_until__isnull=True, hold_reason="")
                | (Q(hold_until__isnull=False) & ~Q(hold_reason="")),
                name="workitem_hold_reasoned",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                F("unit"),
                F("urgent").desc(),
                F("next_due"),
                F("id"),
                name="workitem_open_by_unit",
                condition=Q(closed_at__isnull=True),
            ),
            models.Index(
                F("assignee"),
                F("urgent").desc(),
                F("next_due"),
                F("id"),
                name="workitem_open_by_assignee",
                condition=Q(closed_at__isnull=True, assignee__isnull=False),
            ),
            models.Index(
                fields=["hold_until"],
                name="workitem_on_hold",
                condition=Q(closed_at__isnull=True, hold_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class Case(models.Model):
    """A matter that is pending or has been (asia): one person's; joint work links several."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    reference = models.CharField(max_length=11, unique=True)
    work_item = models.OneToOneField(WorkItem, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+", db_index=False)
    initiated_at = models.DateTimeField(help_text="vireilletulo, 1301/2014 34.1 §: every clock counts from here")
    initiated_how = models.CharField(max_length=12, choices=InitiatedHow)
    clienthood_from = models.DateField(null=True, blank=True, help_text="asiakkuus, 1301/2014 34.2 §")
    clienthood_until = models.DateField(null=True, blank=True)
    register = models.CharField(max_length=10, choices=Register, default=Register.SOCIAL)
    language = models.CharField(max_length=2, default="fi", help_text="language of procedure, 423/2003 12 §")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_ground = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_ground="")
                | (Q(closed_at__isnull=False) & ~Q(closed_ground="")),
                name="case_closed_with_ground",
            ),
            models.CheckConstraint(
                condition=open_on("clienthood_from", "clienthood_until"),
                name="case_clienthood",
            ),
            models.UniqueConstraint(fields=["created_by", "key"], condition=~Q(key=""), name="case_key_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["client", "initiated_at"], name="case_client")]

    def __str__(self) -> str:
        return self.reference


class CaseNumbers(models.Model):
    """Whose case and work item it is: numbers only, for the rules of who may see what (a view past row security)."""

    work_item_id = models.BigIntegerField()
    client_id = models.BigIntegerField()
    unit_id = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "polku_rights_case"

    def __str__(self) -> str:
        return str(self.pk)


class CasePerson(models.Model):
    """A person with a part in a case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="people", db_index=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=15, choices=PersonRole)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "client", "role"], name="caseperson_once")]

    def __str__(self) -> str:
        return f"{self.role} in {self.case_id}"


class CaseServiceTask(models.Model):
    """A service task (palvelutehtävä) under which the case is handled."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="service_tasks", db_index=False)
    task = models.CharField(max_length=15, choices=ServiceTask)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "task"], name="caseservicetask_once")]

    def __str__(self) -> str:
        return f"{self.task} of {self.case_id}"


class NamedWorker(models.Model):
    """The own worker of a case (omatyöntekijä, 1301/2014 42 §), for a period."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="named_workers")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=open_on(), name="namedworker_period"),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(valid_until__isnull=True),
                name="namedworker_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} for {self.case_id}"


class Relation(models.Model):
    """Why an actor, or everybody in a unit, may see a client's data, from a moment until a moment (half-open)."""

    kind = models.CharField(max_length=16, choices=RelationKind)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+", db_index=False)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    work_item = models.ForeignKey(
        WorkItem, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    made_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(actor__isnull=False, unit__isnull=True) | Q(actor__isnull=True, unit__isnull=False),
                name="relation_actor_or_unit",
            ),
            models.CheckConstraint(
                condition=~Q(kind=RelationKind.EMERGENCY) | (~Q(reason="") & Q(ends_at__isnull=False)),
                name="relation_emergency_reasoned",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
                name="relation_period",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["actor", "client"],
                name="relation_actor",
                condition=Q(actor__isnull=False),
            ),
            models.Index(
                fields=["unit", "client"],
                name="relation_unit",
                condition=Q(unit__isnull=False),
            ),
            models.Index(fields=["client", "starts_at"], name="relation_client"),
            models.Index(fields=["case"], name="relation_case", condition=Q(case__isnull=False)),
            models.Index(
                fields=["work_item"],
                name="relation_work_item",
                condition=Q(work_item__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.client_id}"


class TimelineEntry(models.Model):
    """What happened (tapahtuma). Never edited: a correction is a new row that points to the old one.

    `event` names a sentence (`<stage>.<verb>`), `data` its plain values; `text` is what a person wrote. The author's
    name and title are as they were then; `source` tells from whom an outside fact came (703/2023 39 §). A row that a
    person wrote has a public id, by which it can be corrected; what the product noted has none.
    """

    public_id = models.CharField(max_length=16, unique=True, null=True, editable=False)
    work_item = models.ForeignKey(WorkItem, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    event = models.CharField(max_length=60)
    data = models.JSONField(default=dict, blank=True)
    text = models.TextField(blank=True)
    source = models.CharField(max_length=300, blank=True)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    actor_name = models.CharField(max_length=200)
    actor_title = models.CharField(max_length=120, blank=True)
    corrects = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="corrections",
        null=True,
        blank=True,
        db_index=False,
    )
    key = models.CharField(max_length=80, blank=True, default="", db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["actor", "key"], condition=~Q(key=""), name="timeline_key_once"),
            models.CheckConstraint(
                condition=Q(happened_at__lte=F("recorded_at")),
                name="timeline_not_future",
            ),
            models.CheckConstraint(
                condition=Q(work_item__isnull=False) | Q(case__isnull=False) | Q(client__isnull=False),
                name="timeline_about_something",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["case", "-happened_at"],
                name="timeline_case",
                condition=Q(case__isnull=False),
            ),
            models.Index(
                fields=["client", "-happened_at"],
                name="timeline_client",
                condition=Q(client__isnull=False),
            ),
            models.Index(fields=["corrects"], name="timeline_corrected", condition=Q(corrects__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.happened_at}"


class ExternalId(models.Model):
    """What an outside system calls a thing of ours; unique together (record systems, forms, Kela)."""

    system = models.CharField(max_length=60)
    value = models.CharField(max_length=120)
    names = models.CharField(max_length=30, help_text="what it names: contact, case, client, document")
    thing = models.CharField(max_length=16, help_text="our public id")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["system", "value", "names"], name="externalid_once")]
        indexes: ClassVar = [models.Index(fields=["names", "thing"], name="externalid_thing")]

    def __str__(self) -> str:
        return f"{self.system} {self.value}"
