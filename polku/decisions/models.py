"""Decisions with their parts, the library of reasonings, letters, deliveries, print runs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from polku.access.models import Actor, Unit, open_on
from polku.assessments.models import Assessment, Plan
from polku.cases.models import Case, WorkItem
from polku.decisions.states import DecisionState, DeliveryState, Follows, ReasoningState, RunState, Way
from polku.kit import public_id
from polku.meetings.models import Item


class Reasoning(models.Model):
    """A reasoning that may be used again (perustelukirjasto): reviewed before use, never changed after it.

    `code` stays over the versions (AS-21b-2); a new version takes the place of the reviewed one when it is reviewed.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    code = models.CharField(max_length=30)
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=ReasoningState, default=ReasoningState.DRAFT)
    kinds = models.JSONField(default=list, blank=True, help_text="kinds of decision it fits; none = all")
    part = models.CharField(max_length=40, default="reasons")
    text_fi = models.TextField()
    text_sv = models.TextField(blank=True)
    review_by = models.DateField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    replaced_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "version"], name="reasoning_version_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(state="reviewed"), name="reasoning_one_reviewed"),
            models.UniqueConstraint(fields=["code"], condition=Q(state="draft"), name="reasoning_one_draft"),
            models.CheckConstraint(
                condition=Q(state="draft", reviewed_at__isnull=True, reviewed_by__isnull=True)
                | ~Q(state="draft")
                & Q(reviewed_at__isnull=False, reviewed_by__isnull=False)
                & ~Q(text_fi="")
                & ~Q(text_sv=""),
                name="reasoning_reviewed_whole",
            ),
            # Nobody reviews their own text.
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("created_by")), name="reasoning_two_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class Power(models.Model):
    """Who may decide what (ratkaisuvalta): a named office-holder, by the county's administrative rule, for a period."""

    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    kinds = models.JSONField(default=list, blank=True, help_text="kinds of decision; none = all")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    rule = models.CharField(max_length=200, help_text="where the power is given: hallintosääntö, section")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=open_on(), name="power_period"),
            models.UniqueConstraint(fields=["actor", "unit", "valid_from"], name="power_once"),
            models.CheckConstraint(condition=~Q(rule=""), name="power_given_by_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.unit_id}"


class Decision(models.Model):
    """A decision about one person (päätös, 434/2003 43-45 §, 1301/2014 45 §).

    `kind` is one of `rules.decisions`; `template_version` that of its texts when it was begun. `parts` holds what was
    written in each part, as structured fields, in the language of the decision; the other language's preview is made
    from the same parts. Signed it is never changed.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    diary = models.CharField(max_length=30, unique=True, null=True, blank=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    work_item = models.OneToOneField(WorkItem, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.SlugField(max_length=60)
    template_version = models.PositiveIntegerField()
    language = models.CharField(max_length=2)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    assessment = models.ForeignKey(
        Assessment, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    state = models.CharField(max_length=10, choices=DecisionState, default=DecisionState.DRAFT)
    parts = models.JSONField(default=dict, blank=True)
    sources = models.JSONField(default=dict, blank=True, help_text="by part: where what was filled in came from")
    # `edit` grows with each saved part; `edits` has each part's own number, and who saved it when.
    edit = models.PositiveIntegerField(default=0)
    edits = models.JSONField(default=dict, blank=True)
    beside = models.JSONField(default=list, blank=True, help_text="parts written on top of an older text, as written")
    decider = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    earlier = models.ForeignKey("self", on_delete=models.PROTECT, related_name="later", null=True, blank=True)
    follows = models.CharField(max_length=20, choices=Follows, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    signer_name = models.CharField(max_length=200, blank=True)
    signer_title = models.CharField(max_length=120, blank=True)
    power = models.ForeignKey(Power, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    discarded_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["created_by", "key"], condition=~Q(key=""), name="decision_key_once"),
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(item__isnull=False, earlier__isnull=True) & ~Q(state="discarded"),
                name="decision_one_of_item",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "discarded"], signed_at__isnull=True, signed_by__isnull=True)
                | Q(
                    state__in=["signed", "corrected", "withdrawn"],
                    signed_at__isnull=False,
                    signed_by__isnull=False,
                    diary__isnull=False,
                    power__isnull=False,
                )
                & ~Q(signer_name=""),
                name="decision_signed_whole",
            ),
            models.CheckConstraint(
                condition=Q(earlier__isnull=True, follows="") | Q(earlier__isnull=False) & ~Q(follows=""),
                name="decision_follows_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state="discarded") | ~Q(discarded_reason=""), name="decision_discarded_reasoned"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["case", "-created_at"], name="decision_case")]

    def __str__(self) -> str:
        return self.diary or self.public_id


class UsedReasoning(models.Model):
    """A reviewed reasoning in a decision, with the text as it was then."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="reasonings", db_index=False)
    reasoning = models.ForeignKey(Reasoning, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    text_fi = models.TextField()
    text_sv = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["decision", "reasoning"], name="usedreasoning_once"),
            models.UniqueConstraint(fields=["decision", "place"], name="usedreasoning_place_once"),
        ]

    def __str__(self) -> str:
        return f"{self.reasoning_id} in {self.decision_id}"


class PrintRun(models.Model):
    """What the secretary prints and posts at one time (postituserä): one PDF in posting order."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.OPEN)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    post_on = models.DateField(help_text="the day of posting on which the letters' review periods were reckoned")
    posted_at = models.DateTimeField(null=True, blank=True)
    posted_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    key = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["made_by", "key"], condition=~Q(key=""), name="printrun_key_once"),
            models.CheckConstraint(
                condition=Q(state="posted", posted_at__isnull=False, posted_by__isnull=False)
                | ~Q(state="posted") & Q(posted_at__isnull=True, posted_by__isnull=True),
                name="printrun_posted_whole",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["unit", "-made_at"], name="printrun_unit")]

    def __str__(self) -> str:
        return self.public_id


class Delivery(models.Model):
    """One try to bring a decision to the client (tiedoksianto, 434/2003 54-60 §; 13/2003 18-19 §).

    `pdf` is the letter exactly as it left, made for this way of delivery: the review period counts by it. `received_on`
    is the day on which it is deemed or known to have been received, `rule_version` by which version of the rule.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    recipient = models.CharField(max_length=20, default="client", help_text="client, guardian, representative")
    way = models.CharField(max_length=12, choices=Way)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    pdf = models.BinaryField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=2)
    address = models.JSONField(default=list, blank=True, help_text="the lines in the envelope's window, as printed")
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    # The day of the last try of which nobody knows whether it arrived: the letter of that day may have gone.
    unknown_on = models.DateField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    run = models.ForeignKey(PrintRun, on_delete=models.PROTECT, related_name="deliveries", null=True, blank=True)
    run_place = models.PositiveSmallIntegerField(null=True, blank=True)
    sent_on = models.DateField(null=True, blank=True)
    received_on = models.DateField(null=True, blank=True)
    rule_version = models.PositiveSmallIntegerField(null=True, blank=True)
    review_last_day = models.DateField(null=True, blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=300, blank=True)
    handed_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    instead_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="followed_by", null=True, blank=True
    )
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            # One way at a time for each recipient; another is tried when this one has failed or come back.
            models.UniqueConstraint(
                fields=["decision", "recipient"],
                condition=Q(state__in=["waiting", "printed", "sent", "received"]),
                name="delivery_one_at_a_time",
            ),
            models.UniqueConstraint(fields=["external_id"], condition=~Q(external_id=""), name="delivery_external"),
            models.UniqueConstraint(
                fields=["run", "run_place"], condition=Q(run__isnull=False), name="delivery_run_place_once"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["sent", "received"])
                | Q(sent_on__isnull=False, received_on__isnull=False, review_last_day__isnull=False, pdf__isnull=False),
                name="delivery_sent_whole",
            ),
            models.CheckConstraint(
                condition=Q(received_on__isnull=True) | Q(received_on__gte=F("sent_on")), name="delivery_order"
            ),
        ]
        indexes: ClassVar = [
            # The secretary's desk: what waits to be printed and posted.
            models.Index(
                fields=["created_at"], name="delivery_waiting", condition=Q(state__in=["waiting", "printed", "failed"])
            ),
            models.Index(
                fields=["next_try_at"], name="delivery_to_send", condition=Q(state="waiting", way="electronic")
            ),
            # Those whose day of receipt is to come.
            models.Index(fields=["received_on"], name="delivery_on_its_way", condition=Q(state="sent")),
        ]

    def __str__(self) -> str:
        return f"{self.way} of {self.decision_id}"


class DiaryYear(models.Model):
    """The last number given in a year's diary (asianumero): the next one is taken under its lock, so none is lost."""

    year = models.PositiveSmallIntegerField(unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.last}/{self.year}"


class Polled(models.Model):
    """How far the events of a service have been read."""

    service = models.SlugField(max_length=40, unique=True)
    token = models.CharField(max_length=2000, blank=True)
    polled_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.service
