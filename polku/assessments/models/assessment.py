"""An assessment of service needs: which form, whose, what was answered in whose voice, what was known before."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from polku.access.models import Actor, in_language, open_on
from polku.assessments.states import AssessmentState, KnownState, StartedBy, Voice
from polku.cases.models import Case
from polku.contacts.models import Contact
from polku.kit import public_id


class FormVersion(models.Model):
    """A published version of a form (lomakkeen versio). Never changed: what was asked then can always be shown.

    `content` is the definition as `forms.definition.read` takes it; `digest` its SHA-256, so that the same definition
    loaded twice is one row and a changed one needs a new version.
    """

    key = models.SlugField(max_length=60)
    version = models.PositiveIntegerField()
    title_fi = models.CharField(max_length=200)
    title_sv = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    national_id = models.CharField(max_length=80, blank=True)
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    origin = models.CharField(max_length=200, blank=True, help_text="where an imported form came from")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "version"], name="formversion_once"),
            models.CheckConstraint(condition=open_on(), name="formversion_period"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"

    @property
    def title(self) -> str:
        """The form's name in the reader's language."""
        return in_language(self, "title")


class Assessment(models.Model):
    """An assessment of service needs (palvelutarpeen arvio, 1301/2014 36-37 §), or another form filled for a case.

    `started_at` is the first recorded act of assessing (a meeting, a call), not the opening of the form: it meets the
    clock of starting. `stamp` grows with each saved answer, so that others' pages see that something is new.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    form = models.ForeignKey(FormVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.PositiveIntegerField(default=1)
    previous = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    state = models.CharField(max_length=10, choices=AssessmentState, default=AssessmentState.DRAFT)
    stamp = models.PositiveIntegerField(default=0)
    special_support = models.BooleanField(null=True, blank=True, help_text="1301/2014 3 §; decides who may assess")
    responsible = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    started_at = models.DateTimeField(null=True, blank=True)
    started_how = models.CharField(max_length=12, choices=StartedBy, blank=True)
    started_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    ready_at = models.DateTimeField(null=True, blank=True)
    ready_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    locked_at = models.DateTimeField(null=True, blank=True)
    locked_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    broken_off_ground = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["created_by", "key"], condition=~Q(key=""), name="assessment_key_once"),
            # A version has one next one; one that was broken off leaves its place.
            models.UniqueConstraint(fields=["previous"], condition=~Q(state="broken_off"), name="assessment_next_once"),
            # One at a time of a form for a case: two begun at once would be written past each other.
            models.UniqueConstraint(
                fields=["case", "form"], condition=Q(state__in=["draft", "ready"]), name="assessment_one_open"
            ),
            models.CheckConstraint(
                condition=Q(started_at__isnull=True, started_by__isnull=True, started_how="")
                | (Q(started_at__isnull=False, started_by__isnull=False) & ~Q(started_how="")),
                name="assessment_started_whole",
            ),
            models.CheckConstraint(
                condition=Q(ready_at__isnull=True, ready_by__isnull=True)
                | Q(ready_at__isnull=False, ready_by__isnull=False),
                name="assessment_ready_whole",
            ),
            models.CheckConstraint(
                condition=Q(state="locked", locked_at__isnull=False, locked_by__isnull=False)
                | (~Q(state="locked") & Q(locked_at__isnull=True, locked_by__isnull=True)),
                name="assessment_locked_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["ready", "locked"]) | Q(started_at__isnull=False, ready_at__isnull=False),
                name="assessment_begun_before_ready",
            ),
            models.CheckConstraint(
                condition=Q(state="broken_off") & ~Q(broken_off_ground="")
                | ~Q(state="broken_off") & Q(broken_off_ground=""),
                name="assessment_broken_off_ground",
            ),
            models.CheckConstraint(
                condition=Q(started_at__isnull=True) | Q(ready_at__isnull=True) | Q(ready_at__gte=F("started_at")),
                name="assessment_order",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["case", "-created_at"], name="assessment_case")]

    def __str__(self) -> str:
        return f"{self.form_id} of {self.case_id}"


class Answer(models.Model):
    """One answer in one voice. Saved as typed; `version` grows with each save, and a save names the one it is based on.

    `path` is `section.question` or `section.group[2].question`; `value` is of the question's kind (see
    `forms.answers`), null when the answer was taken away. `source` says from whom an outside fact came (703/2023 39 §).
    """

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="answers", db_index=False)
    path = models.CharField(max_length=500)
    voice = models.CharField(max_length=14, choices=Voice, blank=True)
    value = models.JSONField(null=True)
    version = models.PositiveIntegerField(default=1)
    source = models.CharField(max_length=300, blank=True)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    author_name = models.CharField(max_length=200)
    author_title = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "path", "voice"], name="answer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.voice}"


class AnswerBeside(models.Model):
    """What somebody wrote on top of an older version of an answer: kept beside it until one of them is chosen."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="+", db_index=False)
    path = models.CharField(max_length=500)
    voice = models.CharField(max_length=14, choices=Voice, blank=True)
    value = models.JSONField(null=True)
    based_on = models.PositiveIntegerField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            # A browser repeats its save until it hears an answer: the same text twice is one row.
            models.UniqueConstraint(
                fields=["assessment", "path", "voice", "based_on", "written_by"],
                condition=Q(settled_at__isnull=True),
                name="answerbeside_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.voice} beside"


class Known(models.Model):
    """Something known before, shown at its question with its source, to be checked and not asked again.

    Made when an assessment is opened: from the contact, the person's own details, the previous assessment. `value` is
    of the question's kind, so that "still true" makes it the answer as it stands.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="known", db_index=False)
    path = models.CharField(max_length=500)
    voice = models.CharField(max_length=14, choices=Voice, blank=True)
    value = models.JSONField()
    source_kind = models.CharField(max_length=12, help_text="contact, client, assessment")
    source_at = models.DateTimeField(null=True, blank=True)
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    earlier = models.ForeignKey(
        Assessment, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    state = models.CharField(max_length=10, choices=KnownState, default=KnownState.PROPOSED)
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "path", "voice", "source_kind"], name="known_once"),
            models.CheckConstraint(
                condition=Q(state="proposed", checked_at__isnull=True, checked_by__isnull=True)
                | (~Q(state="proposed") & Q(checked_at__isnull=False, checked_by__isnull=False)),
                name="known_checked_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.path} from {self.source_kind}"


class Measure(models.Model):
    """An instrument filled once (mittari): its items or only the score, with the band and sentence as they were then.

    `safety` is set by the instrument's safety item: a person looks at it and writes what was done; nothing is concluded
    by the product.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="measures", null=True, blank=True)
    instrument = models.SlugField(max_length=60)
    instrument_version = models.PositiveIntegerField()
    items = models.JSONField(null=True, blank=True)
    total = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    subscales = models.JSONField(default=dict, blank=True)
    band = models.CharField(max_length=60, blank=True)
    safety = models.BooleanField(default=False)
    safety_note = models.TextField(blank=True)
    safety_seen_at = models.DateTimeField(null=True, blank=True)
    safety_seen_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    done_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+", db_index=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    key = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recorded_by", "key"], condition=~Q(key=""), name="measure_key_once"),
            models.CheckConstraint(
                condition=Q(safety_seen_at__isnull=True, safety_seen_by__isnull=True, safety_note="")
                | (Q(safety_seen_at__isnull=False, safety_seen_by__isnull=False) & ~Q(safety_note="")),
                name="measure_safety_whole",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
                name="measure_withdrawn_reasoned",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["case", "instrument", "done_on"], name="measure_case")]

    def __str__(self) -> str:
        return f"{self.instrument} {self.done_on}"
