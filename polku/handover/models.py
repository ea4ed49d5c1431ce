"""Documents on their way to a record system."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from polku.access.models import Actor, Unit
from polku.cases.models import Case, WorkItem
from polku.handover.states import DocumentKind, TaskState
from polku.kit import public_id


class RecordTask(models.Model):
    """A finished document to be stored in a unit's client-record system, until somebody confirms that it is there.

    `content` is the document as structured data, `text` the same in the system's order of headings, both as they were
    when the document was finished; `thing` is the document's public id.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    work_item = models.OneToOneField(WorkItem, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=DocumentKind)
    thing = models.CharField(max_length=16)
    system = models.SlugField(max_length=60, help_text="a mapping file of handover/systems")
    mapping_version = models.PositiveIntegerField()
    language = models.CharField(max_length=2)
    content = models.JSONField()
    text = models.TextField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=TaskState, default=TaskState.OPEN)
    due_on = models.DateField()
    record_number = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "thing", "system"], name="recordtask_once"),
            models.CheckConstraint(
                condition=Q(state="open", settled_at__isnull=True, settled_by__isnull=True)
                | ~Q(state="open") & Q(settled_at__isnull=False, settled_by__isnull=False),
                name="recordtask_settled_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | ~Q(record_number=""), name="recordtask_confirmed_with_number"
            ),
            models.CheckConstraint(
                condition=~Q(state="not_needed") | ~Q(note=""), name="recordtask_not_needed_reasoned"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "due_on"], name="recordtask_open", condition=Q(state="open")),
            models.Index(fields=["case", "-created_at"], name="recordtask_case"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.thing} to {self.system}"
