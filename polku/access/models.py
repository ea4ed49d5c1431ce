"""Actors, accounts, organisations and units. Rows with dates are history: who could see what on that day."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from polku.access.states import AbsenceKind, ActorKind, OrganisationKind, Role, TaskGroup, UnitKind
from polku.kit import public_id


def in_language(row: object, field: str) -> str:
    """Return a row's `<field>_fi|sv|en` in the reader's language, Finnish where the translation is empty."""
    language = (get_language() or "fi")[:2]
    return getattr(row, f"{field}_{language}", "") or getattr(row, f"{field}_fi")


def open_on(first: str = "valid_from", last: str = "valid_until") -> Q:
    """Return the check that a period does not end before it begins."""
    return Q(**{f"{last}__isnull": True}) | Q(**{f"{last}__gte": F(first)})


class Actor(models.Model):
    """Whoever did something (toimija); every `_by` points here, the audit copies id and name as text."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    kind = models.CharField(max_length=10, choices=ActorKind)
    name = models.CharField(max_length=200)
    title_fi = models.CharField(max_length=120, blank=True)
    title_sv = models.CharField(max_length=120, blank=True)
    title_en = models.CharField(max_length=120, blank=True)
    languages = ArrayField(models.CharField(max_length=3), default=list, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # An automatic task is one actor, however often it acts.
            models.UniqueConstraint(fields=["kind", "name"], condition=Q(kind="job"), name="actor_one_job")
        ]
        indexes: ClassVar = [models.Index(fields=["kind", "name"], name="actor_kind_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """The job title in the reader's language."""
        return in_language(self, "title")


class AccountManager(BaseUserManager["Account"]):
    """Creates accounts for actors, and reads both together: every page asks who its reader is."""

    def get_queryset(self) -> models.QuerySet[Account]:
        """Return accounts with their actors."""
        return super().get_queryset().select_related("actor")

    def create_account(self, *, username: str, actor: Actor, password: str | None, email: str = "") -> Account:
        """Create an account; without a password it can only sign in through the identity provider."""
        account = self.model(username=username, actor=actor, email=self.normalize_email(email))
        account.set_password(password)
        account.save(using=self._db)
        return account

    def get_by_natural_key(self, username: str | None) -> Account:
        """Find an account by its user name, whatever its case."""
        return self.get(username__iexact=username)


class Account(AbstractBaseUser):
    """How a staff member signs in (käyttäjätunnus): local password with second factor, or the identity provider."""

    username = models.CharField(_("user name"), max_length=150, unique=True)
    email = models.EmailField(_("e-mail"), blank=True)
    is_active = models.BooleanField(default=True)
    actor = models.OneToOneField(Actor, on_delete=models.PROTECT, related_name="account")

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["email"]

    objects: ClassVar[AccountManager] = AccountManager()

    def __str__(self) -> str:
        return self.username


class Municipality(models.Model):
    """A municipality by the three-digit code of Statistics Finland (text: the leading zero counts)."""

    code = models.CharField(max_length=3, primary_key=True)
    name_fi = models.CharField(max_length=60)
    name_sv = models.CharField(max_length=60)
    in_county = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["in_county", "name_fi"], name="municipality_county")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language; English uses the Finnish one."""
        return self.name_sv if (get_language() or "fi").startswith("sv") else self.name_fi


class Organisation(models.Model):
    """Whose unit it is (organisaatio): the county, an operator, a provider."""

    key = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=20, choices=OrganisationKind)
    name_fi = models.CharField(max_length=120)
    name_sv = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    business_id = models.CharField(max_length=9, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self, "name")


class Unit(models.Model):
    """A team, station, local office or home (yksikkö), with the settings that a promise and a list need."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    key = models.SlugField(max_length=60, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="units")
    kind = models.CharField(max_length=20, choices=UnitKind)
    name_fi = models.CharField(max_length=120)
    name_sv = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    street_fi = models.CharField(max_length=120, blank=True)
    street_sv = models.CharField(max_length=120, blank=True)
    postcode = models.CharField(max_length=5, blank=True)
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+", null=True)
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)
    languages = ArrayField(models.CharField(max_length=3), default=list)
    record_system = models.CharField(max_length=60, blank=True)
    urgent_alarm_minutes = models.PositiveSmallIntegerField(default=30)
    hold_minutes = models.PositiveSmallIntegerField(default=5)
    soon_minutes = models.PositiveSmallIntegerField(default=180)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=open_on(), name="unit_period")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self, "name")

    @property
    def street(self) -> str:
        """The street address in the reader's language."""
        return self.street_sv if (get_language() or "fi").startswith("sv") and self.street_sv else self.street_fi


class UnitArea(models.Model):
    """A municipality that a unit serves, with its age limits there, for a period."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="areas")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    min_age = models.PositiveSmallIntegerField(default=0)
    max_age = models.PositiveSmallIntegerField(default=150)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=open_on(), name="unitarea_period"),
            models.CheckConstraint(condition=Q(max_age__gte=F("min_age")), name="unitarea_ages"),
            models.UniqueConstraint(fields=["unit", "municipality", "valid_from"], name="unitarea_once"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.municipality}"


class OpeningHours(models.Model):
    """A unit's opening hours on a weekday (1 = Monday, as ISO counts), local times, for a period."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=open_on(), name="openinghours_period"),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="openinghours_order"),
            models.CheckConstraint(condition=Q(weekday__range=(1, 7)), name="openinghours_weekday"),
            models.UniqueConstraint(fields=["unit", "weekday", "valid_from"], name="openinghours_once"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.weekday} {self.opens}-{self.closes}"


class ClosingDay(models.Model):
    """A day on which a unit is shut, or open at other hours (when both times are given)."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="closing_days")
    day = models.DateField()
    opens = models.TimeField(null=True, blank=True)
    closes = models.TimeField(null=True, blank=True)
    reason_fi = models.CharField(max_length=120, blank=True)
    reason_sv = models.CharField(max_length=120, blank=True)
    reason_en = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(opens__isnull=True, closes__isnull=True) | Q(closes__gt=F("opens")),
                name="closingday_hours",
            ),
            models.UniqueConstraint(fields=["unit", "day"], name="closingday_once"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.day}"


class Promise(models.Model):
    """What a unit promises its clients (palvelulupaus): a promise rule, its days and cut-off hour, for a period."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="promises")
    rule = models.CharField(max_length=40)
    days = models.PositiveSmallIntegerField(default=1)
    cutoff = models.TimeField(null=True, blank=True, help_text="Later contacts count as the next day's; empty = 24.00")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=open_on(), name="promise_period"),
            models.UniqueConstraint(fields=["unit", "rule", "valid_from"], name="promise_once"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.rule} {self.days}"


class Membership(models.Model):
    """A person's post in a unit (tehtävä yksikössä): role, work-task group, dates. Ended, never deleted."""

    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="memberships")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    task_group = models.CharField(max_length=20, choices=TaskGroup)
    in_office = models.BooleanField(default=False, db_default=False, help_text="virkasuhde: 1301/2014 36.5 and 46 §")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=open_on(), name="membership_period"),
            models.UniqueConstraint(fields=["actor", "unit", "role", "valid_from"], name="membership_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["unit", "role"], name="membership_unit_role")]

    def __str__(self) -> str:
        return f"{self.actor} {self.role} {self.unit}"


class Deputy(models.Model):
    """Who stands in for whom (sijainen), from day to day inclusive; works by itself while the other is away."""

    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="deputies")
    deputy = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="deputises")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=open_on(), name="deputy_period"),
            models.CheckConstraint(condition=~Q(actor=F("deputy")), name="deputy_other"),
        ]

    def __str__(self) -> str:
        return f"{self.deputy} for {self.actor}"


class Absence(models.Model):
    """A worker is away (poissaolo) from a moment to a moment, half-open."""

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=AbsenceKind, default=AbsenceKind.OTHER)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="absence_period"),
        ]
        indexes: ClassVar = [models.Index(fields=["actor", "ends_at"], name="absence_actor_end")]

    def __str__(self) -> str:
        return f"{self.actor} {self.starts_at}-{self.ends_at}"


class Source(models.Model):
    """A machine that sends or reads (lähdejärjestelmä): its key's hash, scopes and limit.

    The key itself is shown once when made; only its SHA-256 is kept (the key has 256 random bits, so no slow hash).
    """

    # Stands in the hash's place when a key has been ended: no key has such a hash.
    ENDED = "ended "

    actor = models.OneToOneField(Actor, on_delete=models.PROTECT, related_name="source")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", null=True)
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    per_minute = models.PositiveIntegerField(default=600)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=open_on(), name="source_period")]

    def __str__(self) -> str:
        return str(self.actor)

    def is_valid_on(self, day: date) -> bool:
        """Tell whether the permission runs on a day; both ends are in it, unless it was ended by hand."""
        running = self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)
        return running and not self.key_hash.startswith(self.ENDED)


class SourceMinute(models.Model):
    """How many requests a machine has made in a minute (UTC): its rate limit holds over all web processes."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+")
    minute = models.DateTimeField()
    used = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["source", "minute"], name="sourceminute_once")]
        indexes: ClassVar = [models.Index(fields=["minute"], name="sourceminute_minute")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.minute}: {self.used}"


class Code(models.Model):
    """A code of a code set: own stable key, names, dates, and the national code where it is known (never as key)."""

    set = models.CharField(max_length=40)
    key = models.SlugField(max_length=60)
    name_fi = models.CharField(max_length=200)
    name_sv = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    hint_fi = models.TextField(blank=True)
    hint_sv = models.TextField(blank=True)
    hint_en = models.TextField(blank=True)
    place = models.PositiveSmallIntegerField(default=0)
    data = models.JSONField(default=dict, blank=True)
    national_system = models.CharField(max_length=80, blank=True)
    national_value = models.CharField(max_length=80, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=open_on(), name="code_period"),
            models.UniqueConstraint(fields=["set", "key", "valid_from"], name="code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.set}:{self.key}"

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self, "name")

    @property
    def hint(self) -> str:
        """The guidance text in the reader's language."""
        return in_language(self, "hint")
