"""Clients. No key is ever rewritten: a merge points one row to another, an undo clears the pointer."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from polku.access.models import Actor, Municipality, open_on
from polku.clients.states import DetailKind, PointKind, PreferredWay, RelationKind
from polku.kit import public_id


class Client(models.Model):
    """A person (asiakas): with an identity code, a temporary id, or a name and birth date only (703/2023 38 §)."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    hetu = models.CharField(max_length=11, unique=True, null=True, blank=True)
    temporary_id = models.CharField(max_length=40, unique=True, null=True, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    given_names = models.CharField(max_length=100, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    sort_name = models.GeneratedField(
        expression=models.Func(F("family_name"), F("given_names"), function="polku_sort_name"),
        output_field=models.CharField(max_length=410, db_collation="C"),
        db_persist=True,
    )
    contact_language = models.CharField(max_length=3, default="fi")
    mother_tongue = models.CharField(max_length=3, blank=True)
    interpreter_language = models.CharField(max_length=3, blank=True)
    preferred_way = models.CharField(max_length=10, choices=PreferredWay, default=PreferredWay.PHONE)
    protected = models.BooleanField(default=False)
    died_on = models.DateField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged", db_index=False
    )
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(hetu__isnull=True) | Q(hetu__regex=r"^.{11}$"),
                name="client_hetu_whole",
            ),
            models.CheckConstraint(
                condition=~Q(family_name="", given_names="") | Q(hetu__isnull=False) | Q(temporary_id__isnull=False),
                name="client_known_somehow",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="client_not_itself",
            ),
            models.UniqueConstraint(
                fields=["created_by", "key"],
                condition=~Q(key=""),
                name="client_key_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["sort_name", "id"], name="client_sort_name"),
            models.Index(fields=["birth_date"], name="client_birth_date"),
            models.Index(
                fields=["merged_into"],
                name="client_merged_into",
                condition=Q(merged_into__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.given_names} {self.family_name}".strip() or "-"


class PersonNumbers(models.Model):
    """Which rows are one person: numbers only, for the rules of who may see what (a view, seen past row security)."""

    merged_into_id = models.BigIntegerField(null=True)

    class Meta:
        managed = False
        db_table = "polku_rights_client"

    def __str__(self) -> str:
        return str(self.pk)


class NameWord(models.Model):
    """A distinct word of people's names; misspelt searches compare with these thousands, not with the people."""

    word = models.CharField(max_length=100, unique=True)

    class Meta:
        indexes: ClassVar = [GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="nameword_trigrams")]

    def __str__(self) -> str:
        return self.word


class ClientName(models.Model):
    """Which words a client's names hold."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="name_words", db_index=False)
    word = models.ForeignKey(NameWord, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["client", "word"], name="clientname_once")]
        # Who bears a word is read from the index alone.
        indexes: ClassVar = [models.Index(fields=["word", "client"], name="clientname_word")]

    def __str__(self) -> str:
        return str(self.word)


class ContactPoint(models.Model):
    """A phone number, e-mail or address of a client whose details are not protected."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="contact_points", db_index=False)
    kind = models.CharField(max_length=10, choices=PointKind)
    value = models.CharField(max_length=200)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=open_on(), name="contactpoint_period"),
            models.UniqueConstraint(
                fields=["client", "kind", "value", "valid_from"],
                name="contactpoint_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["kind", "value"], name="contactpoint_value")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.client_id}"


class Residence(models.Model):
    """A client's municipality of residence, for a period; not kept here for a protected client."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="residences", db_index=False)
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", db_index=False)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=open_on(), name="residence_period"),
            models.UniqueConstraint(fields=["client", "valid_from"], name="residence_once"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.municipality_id}"


class ProtectedDetail(models.Model):
    """A phone, e-mail, address or municipality under a ban on disclosure. Read only through `queries.details`."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=DetailKind)
    value = models.CharField(max_length=200)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=open_on(), name="protecteddetail_period")]
        indexes: ClassVar = [models.Index(fields=["client", "kind"], name="protecteddetail_client")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.client_id}"


class Relationship(models.Model):
    """What another person is to the client: guardian, representative, near person (703/2023 38 §)."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="relationships")
    other = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=15, choices=RelationKind)
    competence = models.CharField(max_length=200, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=open_on(), name="relationship_period"),
            models.CheckConstraint(
                condition=Q(other__isnull=False) | ~Q(name=""),
                name="relationship_somebody",
            ),
            models.CheckConstraint(
                condition=Q(other__isnull=True) | ~Q(other=F("client")),
                name="relationship_not_itself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.client_id}"


class Merge(models.Model):
    """A merge of two rows of one person, and its undoing: who, when, why."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    into = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="merge_undone_pair",
            ),
            models.UniqueConstraint(
                fields=["client"],
                condition=Q(undone_at__isnull=True),
                name="merge_one_level",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} into {self.into_id}"
