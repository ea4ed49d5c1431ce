"""Contacts, their people, what was said, call-backs. What was said is never edited: a correction is a new version."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from polku.access.models import Actor, Municipality, Source, Unit
from polku.cases.models import Case, WorkItem
from polku.clients.models import Client
from polku.contacts.states import (
    CallBackState,
    Channel,
    Consent,
    ContactState,
    Knowledge,
    LegalKind,
    NotifierKind,
    PartyRole,
    PreferredWay,
    Result,
    TextKind,
)
from polku.kit import public_id


class Contact(models.Model):
    """A contact (yhteydenotto). Municipality, age and unit are those of the day, kept on the row for the measures.

    `received_at` is when it truly arrived and drives the clocks, `created_at` when it was written here.
    The municipality stays empty for a person whose address is protected.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    reference = models.CharField(max_length=11, unique=True)
    work_item = models.OneToOneField(WorkItem, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=ContactState, default=ContactState.DRAFT)
    channel = models.CharField(max_length=20, choices=Channel)
    legal_kind = models.CharField(max_length=20, choices=LegalKind, default=LegalKind.ADVICE)
    received_at = models.DateTimeField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=80, blank=True)
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    external_id = models.CharField(max_length=120, blank=True)

    consent = models.CharField(max_length=10, choices=Consent, default=Consent.NOT_ASKED)
    no_consent_reason = models.CharField(max_length=1000, blank=True)
    language = models.CharField(max_length=3, default="fi")
    interpreter_language = models.CharField(max_length=3, blank=True)
    preferred_way = models.CharField(max_length=10, choices=PreferredWay, default=PreferredWay.PHONE)
    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    age = models.PositiveSmallIntegerField(null=True, blank=True)
    need = models.CharField(max_length=60, blank=True)
    facts = models.JSONField(default=dict, blank=True, help_text="what decides which clocks start, as told")
    talk_requested_at = models.DateTimeField(null=True, blank=True, help_text="1412/1997 14 d §")

    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    parked_at = models.DateTimeField(null=True, blank=True)
    parked_note = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    result = models.CharField(max_length=15, choices=Result, blank=True)
    passed_on_to = models.CharField(max_length=200, blank=True)
    topics = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    sources_used = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    duration_minutes = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(received_at__lte=F("created_at")), name="contact_not_future"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answered_by__isnull=True)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
                name="contact_answered_pair",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(answered_at__gte=F("received_at")),
                name="contact_answered_after",
            ),
            models.CheckConstraint(
                condition=Q(state=ContactState.CLOSED, closed_at__isnull=False, closed_by__isnull=False) & ~Q(result="")
                | ~Q(state=ContactState.CLOSED) & Q(closed_at__isnull=True, closed_by__isnull=True, result=""),
                name="contact_closed_with_result",
            ),
            models.CheckConstraint(
                condition=Q(state=ContactState.PARKED, parked_at__isnull=False)
                | ~Q(state=ContactState.PARKED) & Q(parked_at__isnull=True),
                name="contact_parked_pair",
            ),
            models.CheckConstraint(
                condition=~Q(legal_kind=LegalKind.NOTIFICATION)
                | Q(state__in=[ContactState.DRAFT, ContactState.DISCARDED])
                | ~Q(no_consent_reason=""),
                name="contact_no_consent_reasoned",
            ),
            models.CheckConstraint(
                condition=~Q(legal_kind=LegalKind.CONTACT)
                | Q(state__in=[ContactState.DRAFT, ContactState.DISCARDED])
                | Q(consent=Consent.GIVEN),
                name="contact_consent_given",
            ),
            models.CheckConstraint(
                condition=~Q(result=Result.PASSED_ON) | ~Q(passed_on_to=""), name="contact_passed_on_somewhere"
            ),
            models.UniqueConstraint(fields=["created_by", "key"], condition=~Q(key=""), name="contact_key_once"),
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="contact_external_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "received_at"], name="contact_unit_received"),
            models.Index(fields=["received_at"], name="contact_received"),
            models.Index(
                fields=["created_by", "state"],
                name="contact_in_hand",
                condition=Q(state__in=[ContactState.DRAFT, ContactState.OPEN, ContactState.PARKED]),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        """Whether somebody still has something to do about it."""
        return self.state in {ContactState.DRAFT, ContactState.OPEN, ContactState.PARKED}


class ContactParty(models.Model):
    """A person in a contact: known (a client), partly known, or anonymous. One row a person and part.

    What was told of a person stays on the row when the person is made known: nothing is typed again, and the row shows
    on what the identification was based.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="parties")
    role = models.CharField(max_length=15, choices=PartyRole)
    knowledge = models.CharField(max_length=10, choices=Knowledge, default=Knowledge.ANONYMOUS)
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    family_name = models.CharField(max_length=100, blank=True)
    given_names = models.CharField(max_length=100, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)
    description = models.CharField(max_length=300, blank=True, help_text="what is known of a person without a name")
    notifier_kind = models.CharField(max_length=10, choices=NotifierKind, blank=True)
    organisation = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=120, blank=True)
    name_withheld = models.BooleanField(default=False)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_known_at = models.DateTimeField(null=True, blank=True)
    made_known_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(knowledge=Knowledge.KNOWN, client__isnull=False)
                | ~Q(knowledge=Knowledge.KNOWN) & Q(client__isnull=True)
                | Q(role=PartyRole.NOTIFIER, notifier_kind=NotifierKind.AUTHORITY),
                name="party_known_is_client",
            ),
            models.CheckConstraint(
                condition=Q(role=PartyRole.NOTIFIER) & ~Q(notifier_kind="")
                | ~Q(role=PartyRole.NOTIFIER) & Q(notifier_kind="", name_withheld=False),
                name="party_notifier_kind",
            ),
            models.CheckConstraint(
                condition=~Q(notifier_kind=NotifierKind.AUTHORITY)
                | ~Q(knowledge=Knowledge.ANONYMOUS) & ~Q(family_name="") & ~Q(organisation="") & Q(name_withheld=False),
                name="party_authority_never_anonymous",
            ),
            models.CheckConstraint(
                condition=Q(made_known_at__isnull=True, made_known_by__isnull=True)
                | Q(made_known_at__isnull=False, made_known_by__isnull=False),
                name="party_made_known_pair",
            ),
            models.UniqueConstraint(
                fields=["contact", "client", "role"],
                condition=Q(client__isnull=False, removed_at__isnull=True),
                name="party_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client"], name="party_client", condition=Q(client__isnull=False)),
            models.Index(fields=["case"], name="party_case", condition=Q(case__isnull=False)),
            models.Index(fields=["phone"], name="party_phone", condition=~Q(phone="")),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.contact_id}"

    @property
    def told_name(self) -> str:
        """The name as it was told, empty when none was."""
        return f"{self.given_names} {self.family_name}".strip()


class PartyNumbers(models.Model):
    """Who is in which contact: numbers only, for the rules of who may see what (a view, seen past row security)."""

    contact_id = models.BigIntegerField()
    client_id = models.BigIntegerField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "polku_rights_party"

    def __str__(self) -> str:
        return str(self.pk)


class ContactText(models.Model):
    """What was said, or answered, as it was written then: one row a version, never edited."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="texts", db_index=False)
    kind = models.CharField(max_length=10, choices=TextKind)
    version = models.PositiveIntegerField()
    text = models.TextField()
    # The contact's when it was written: how its words are found whatever their form.
    language = models.CharField(max_length=3, default="fi", db_default="fi")
    written_at = models.DateTimeField()
    author = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    author_name = models.CharField(max_length=200)
    author_title = models.CharField(max_length=120, blank=True)
    source = models.CharField(max_length=300, blank=True, help_text="from whom (703/2023 39 §)")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contact", "kind", "version"], name="contacttext_version_once"),
        ]
        indexes: ClassVar = [
            # Not a column: the words stand in the index only.
            GinIndex(
                models.Func(F("written_at"), F("language"), F("text"), function="polku_words"),
                gin_pending_list_limit=128,
                name="contacttext_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version} of {self.contact_id}"


class Draft(models.Model):
    """What stands in the form of a contact right now, saved by itself every few seconds.

    `said` becomes a kept text when the contact is recorded, parked, handed over or closed; `fields` keeps the rest
    as typed, valid or not, so that nothing is lost when the browser closes.
    """

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="draft")
    version = models.PositiveIntegerField(default=0)
    said = models.TextField(blank=True)
    fields = models.JSONField(default=dict, blank=True)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = []

    def __str__(self) -> str:
        return f"draft {self.version} of {self.contact_id}"


class StaleDraft(models.Model):
    """A text saved on top of an older version than the stored one: kept beside it until somebody has joined them."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="stale_drafts")
    based_on = models.PositiveIntegerField()
    said = models.TextField(blank=True)
    fields = models.JSONField(default=dict, blank=True)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            # A browser repeats its save until it hears an answer: the same text twice is one row.
            models.UniqueConstraint(
                fields=["contact", "based_on", "saved_by"],
                condition=Q(settled_at__isnull=True),
                name="staledraft_once",
            ),
        ]

    def __str__(self) -> str:
        return f"stale draft of {self.contact_id}"


class CallBack(models.Model):
    """A promised call-back (takaisinsoitto): to whom, when, by which team."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    work_item = models.OneToOneField(WorkItem, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="call_backs", null=True, blank=True, db_index=False
    )
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=12, choices=CallBackState, default=CallBackState.WAITING)
    agreed_at = models.DateTimeField(help_text="call at the latest at")
    phone = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=500)
    language = models.CharField(max_length=3, default="fi")
    attempt = models.PositiveSmallIntegerField(default=1)
    follows = models.OneToOneField("self", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=80, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    outcome = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state=CallBackState.WAITING, ended_at__isnull=True, ended_by__isnull=True)
                | ~Q(state=CallBackState.WAITING) & Q(ended_at__isnull=False, ended_by__isnull=False),
                name="callback_ended_pair",
            ),
            models.UniqueConstraint(fields=["created_by", "key"], condition=~Q(key=""), name="callback_key_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["unit", "agreed_at"], name="callback_waiting", condition=Q(state=CallBackState.WAITING)
            ),
            models.Index(fields=["contact"], name="callback_contact", condition=Q(contact__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"call-back {self.public_id}"
