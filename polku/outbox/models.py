"""Messages, their enclosures and every try to send them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from polku.kit import public_id
from polku.outbox.states import WAITING, Channel, Language, State, TryOutcome

LARGEST_ENCLOSURE = 1_000_000
"""Bytes. Mail servers refuse much more, and a calendar entry or a note needs far less."""


class Message(models.Model):
    """One message to one address, with the words as they leave.

    The address and the words are personal data: they are read through the owning stage's rights, and `__str__`, logs
    and errors name the message by its public id only.
    """

    public_id = models.CharField(max_length=16, unique=True, default=public_id.new, editable=False)
    key = models.CharField(_("what it is about"), max_length=200, unique=True)
    """Given by the owning stage, e.g. `appointment:7:reminder:1`. The same key twice is the same message."""
    reference = models.CharField(max_length=200, unique=True)
    """The same in every repeat: RFC 5322 Message-ID for mail, the client reference for the SMS operator."""
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    recipient = models.TextField(_("recipient"))
    """Phone number with +country, mail address, or the lines of a postal address."""
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    template = models.CharField(max_length=60)
    template_version = models.PositiveSmallIntegerField()
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"))

    immediate = models.BooleanField(default=False)
    """Goes at any hour: the recipient is on the line or waits at the desk. All else goes in office hours."""
    not_before = models.DateTimeField(null=True, blank=True)
    not_after = models.DateTimeField(null=True, blank=True)
    """From then on it would only mislead (a reminder of a time that is over): it is given up instead."""
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.QUEUED)
    created_at = models.DateTimeField(_("written at"))
    next_try_at = models.DateTimeField(null=True, blank=True)
    """When a sender may take it: the hour it waits for, or the end of the lease of the one who sends it now."""
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    tries_left = models.PositiveSmallIntegerField(default=0)
    provider_id = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    """When it failed, was given up, cancelled or handed over."""

    instead_of = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="successor")
    """The undelivered message that this one was sent to replace."""

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = (
            models.CheckConstraint(name="message_channel", condition=Q(channel__in=Channel.values)),
            models.CheckConstraint(name="message_language", condition=Q(language__in=Language.values)),
            models.CheckConstraint(name="message_state", condition=Q(state__in=State.values)),
            models.CheckConstraint(
                name="message_lease_only_while_sending",
                condition=Q(state=State.SENDING, lease_until__isnull=False)
                | (~Q(state=State.SENDING) & Q(lease_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="message_next_try_only_while_waiting",
                condition=Q(state__in=WAITING, next_try_at__isnull=False)
                | (~Q(state__in=WAITING) & Q(next_try_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="message_sent_has_time",
                condition=~Q(state__in=[State.SENT, State.DELIVERED]) | Q(sent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="message_delivered_has_time",
                condition=Q(state=State.DELIVERED, delivered_at__isnull=False)
                | (~Q(state=State.DELIVERED) & Q(delivered_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="message_closed_has_time",
                condition=Q(
                    state__in=[State.FAILED, State.GIVEN_UP, State.CANCELLED, State.HANDED_OVER],
                    closed_at__isnull=False,
                )
                | (
                    ~Q(state__in=[State.FAILED, State.GIVEN_UP, State.CANCELLED, State.HANDED_OVER])
                    & Q(closed_at__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="message_letters_are_not_sent",
                condition=~Q(channel=Channel.LETTER) | Q(state__in=[State.QUEUED, State.CANCELLED, State.HANDED_OVER]),
            ),
            models.CheckConstraint(
                name="message_mail_and_letters_have_subject",
                condition=Q(channel=Channel.SMS, subject="") | (~Q(channel=Channel.SMS) & ~Q(subject="")),
            ),
        )
        indexes = (
            models.Index(
                F("channel"),
                F("immediate").desc(),
                F("next_try_at"),
                F("id"),
                name="message_due",
                condition=Q(state__in=WAITING),
            ),
            models.Index(
                fields=("-closed_at", "-id"),
                name="message_undelivered",
                condition=Q(state__in=[State.FAILED, State.GIVEN_UP]),
            ),
            models.Index(fields=("provider_id",), name="message_provider_id", condition=~Q(provider_id="")),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.public_id}"


class Enclosure(models.Model):
    """A file that goes with an e-mail or is printed with a letter, such as a calendar entry."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="enclosures", db_index=False)
    place = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100)
    content_type = models.CharField(max_length=100)
    content = models.BinaryField()

    class Meta:
        ordering = ("message_id", "place")
        constraints = (models.UniqueConstraint(name="enclosure_place", fields=("message", "place")),)

    def __str__(self) -> str:
        return self.name


class Try(models.Model):
    """One try to send. Written before the call goes out, so that a sender that dies leaves a trace."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="log", db_index=False)
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=TryOutcome.choices, default=TryOutcome.STARTED)
    detail = models.CharField(max_length=200, blank=True)
    """Codes only, no personal data."""
    provider_id = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("message_id", "number")
        constraints = (
            models.UniqueConstraint(name="try_number", fields=("message", "number")),
            models.CheckConstraint(
                name="try_ended",
                condition=Q(outcome=TryOutcome.STARTED, ended_at__isnull=True)
                | (~Q(outcome=TryOutcome.STARTED) & Q(ended_at__isnull=False)),
            ),
        )
        indexes = (models.Index(fields=("provider_id",), name="try_provider_id", condition=~Q(provider_id="")),)

    def __str__(self) -> str:
        return f"{self.message_id}/{self.number}"


class Receipt(models.Model):
    """What the operator reported of a message after it had taken it. The same report twice is one row."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="receipts", db_index=False)
    at = models.DateTimeField()
    delivered = models.BooleanField()
    status = models.CharField(max_length=60)
    """The operator's own word."""

    class Meta:
        ordering = ("message_id", "at", "id")
        constraints = (models.UniqueConstraint(name="receipt_once", fields=("message", "status")),)

    def __str__(self) -> str:
        return f"{self.message_id}: {self.status}"
