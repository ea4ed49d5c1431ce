"""Rows of the log, its seals and their anchors.

The tables are written in SQL (`sql/log.sql`: monthly partitions, append-only triggers, grants; `sql/words.sql`: what
rows have in common is kept once, and the view `audit_event` shows each row whole), so Django does not manage them.
Rows are created only by `actions`, `seals` and nobody else.
"""

from __future__ import annotations

import json
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from polku.audit.states import Kind, Register


class Event(models.Model):
    """One event of the log (lokimerkintä). Fields of act 703/2023 10 §, and what makes them provable.

    `at` is when it happened by the application's clock, `recorded_at` when the database wrote it; `what` is the data
    or action, `record_class` the kind of record, `provider` and `unit` whose data it is, `clients` the people it
    concerns; `path` is the name of the page or job, never its address. `details` is JSON text.
    """

    id = models.BigAutoField(primary_key=True)
    uid = models.CharField(max_length=16)
    at = models.DateTimeField()
    happened_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind)
    what = models.CharField(max_length=120)
    record_class = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    purpose = models.CharField(max_length=120)
    actor_id = models.BigIntegerField(null=True)
    actor_public_id = models.CharField(max_length=16)
    actor_kind = models.CharField(max_length=10)
    actor_name = models.CharField(max_length=200)
    role = models.CharField(max_length=120)
    register = models.CharField(max_length=10, choices=Register)
    provider = models.CharField(max_length=120)
    unit = models.CharField(max_length=120)
    clients = ArrayField(models.BigIntegerField())
    path = models.CharField(max_length=120)
    request = models.CharField(max_length=16)
    details = models.TextField()
    mark = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_event"

    def __str__(self) -> str:
        return f"{self.kind} {self.what} {self.uid}"

    @property
    def facts(self) -> dict[str, object]:
        """The details as a dictionary; empty when there are none."""
        return json.loads(self.details) if self.details else {}


class Seal(models.Model):
    """A seal (sinetti): a hash over some rows and over the seal before it. The covered ids are read in SQL only."""

    no = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    n = models.IntegerField()
    prev = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_seal"

    def __str__(self) -> str:
        return f"{self.no} {bytes(self.hash).hex()[:16]}"


class Anchor(models.Model):
    """A seal whose hash has been kept outside the database as well (log and anchor file)."""

    seal = models.OneToOneField(Seal, on_delete=models.DO_NOTHING, primary_key=True, related_name="+")
    at = models.DateTimeField()
    hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_anchor"
        ordering: ClassVar = ["-seal_id"]

    def __str__(self) -> str:
        return f"{self.seal_id} {bytes(self.hash).hex()[:16]}"

    @property
    def hex(self) -> str:
        """The hash as hexadecimal digits, as it stands in the anchor file."""
        return bytes(self.hash).hex()
