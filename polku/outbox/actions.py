"""Put messages into the outbox, stop them, and write down what became of them.

The outbox lies below the people: owning stages decide who may do this and write the trace.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from polku.acting import action
from polku.gateways.contract import Enclosure as File
from polku.gateways.sms.receipts import DeliveryReport
from polku.kit import public_id
from polku.kit.errors import Conflict, Invalid, NotFound
from polku.kit.localtime import local_date
from polku.outbox import addresses, configuration, hours, jobs, queries, wording
from polku.outbox.models import LARGEST_ENCLOSURE, Enclosure, Message, Receipt
from polku.outbox.states import UNDELIVERED, Channel, State, leading_to
from polku.storing import insert

MOST_ENCLOSURES = 5
CONTENT_TYPES = ("text/calendar", "application/pdf", "text/plain")


@action
def queue(
    *,
    channel: str,
    to: str,
    language: str,
    template: str,
    values: Mapping[str, str],
    key: str,
    at: datetime,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    immediate: bool = False,
    attachments: Sequence[File] = (),
    fresh: bool = False,
) -> Message:
    """Write a message that leaves once the caller's transaction has been committed; the same key gives the same row.

    Values are texts as the reader sees them (see `polku.outbox.values`). Unless `immediate`, it waits for office hours.
    `fresh` = the key names something made in this transaction, so that nobody else can have used it.
    Raises Invalid for a channel not in use, an impossible address, wrong values or an enclosure that cannot go.
    """
    settings = configuration.current()
    if channel not in settings.channels():
        raise Invalid("channel_not_in_use", _("Messages are not sent this way here. Choose another way."), "channel")
    if not key or len(key) > 200:
        raise ValueError("the key is a text of 1 to 200 characters")
    recipient = addresses.normal(channel, to)
    words = wording.render(template=template, channel=channel, language=language, values=values, day=local_date(at))
    files, name = _checked(channel, attachments), public_id.new()
    at_once = immediate or channel == Channel.LETTER
    message = Message(
        public_id=name,
        key=key,
        reference=f"<{name}@{settings.mail_domain}>" if channel == Channel.EMAIL else name,
        channel=channel,
        recipient=recipient,
        language=language,
        template=template,
        template_version=words.version,
        subject=words.subject,
        body=words.body,
        immediate=immediate,
        not_before=not_before,
        not_after=not_after,
        created_at=at,
        next_try_at=first_try_at(settings, at=at, not_before=not_before, immediate=at_once),
        tries_left=settings.most_tries,
    )
    return _written(message, files, fresh=fresh)


@action
def send_again(*, message: Message, at: datetime, to: str = "", immediate: bool = False) -> Message:
    """Send the words of an undelivered message anew, to the same or another address: a new message with a new id.

    Asking twice gives the same new message. Raises Conflict unless the message is undelivered.
    """
    old = Message.objects.select_for_update().get(pk=message.pk)
    if old.state not in UNDELIVERED:
        raise Conflict("not_undelivered", _("Only a message that did not arrive can be sent again."), state=old.state)
    settings = configuration.current()
    name = public_id.new()
    new = Message(
        public_id=name,
        key=f"again:{old.public_id}",
        reference=f"<{name}@{settings.mail_domain}>" if old.channel == Channel.EMAIL else name,
        channel=old.channel,
        recipient=addresses.normal(old.channel, to) if to else old.recipient,
        language=old.language,
        template=old.template,
        template_version=old.template_version,
        subject=old.subject,
        body=old.body,
        immediate=immediate,
        created_at=at,
        not_after=old.not_after,
        next_try_at=first_try_at(settings, at=at, not_before=None, immediate=immediate),
        tries_left=settings.most_tries,
        instead_of=old,
    )
    files = [File(one.name, one.content_type, bytes(one.content)) for one in old.enclosures.all()]
    return _written(new, files)


@action
def cancel(*, key: str, at: datetime) -> bool:
    """Stop a message that has not left; True when it is stopped, False when it is too late or there is none."""
    stopped = Message.objects.filter(key=key, state=State.QUEUED).update(
        state=State.CANCELLED, closed_at=at, next_try_at=None
    )
    return bool(stopped) or Message.objects.filter(key=key, state=State.CANCELLED).exists()


@action
def mark_handed_over(*, message: Message, at: datetime) -> None:
    """Write down that a letter was handed over or posted, or that an undelivered message was told another way.

    Raises Conflict when the message is on its way or has arrived.
    """
    rows = Message.objects.filter(pk=message.pk)
    changed = rows.filter(state__in=UNDELIVERED) | rows.filter(channel=Channel.LETTER, state=State.QUEUED)
    if changed.update(state=State.HANDED_OVER, closed_at=at, next_try_at=None):
        message.refresh_from_db()
        return
    message.refresh_from_db()
    if message.state != State.HANDED_OVER:
        raise Conflict("not_to_hand_over", _("This message is on its way or has arrived already."), state=message.state)


@action
def record_receipt(*, report: DeliveryReport, at: datetime) -> Message:
    """Write down what the SMS operator says became of a message. The same report twice changes nothing.

    Raises NotFound for a message that is not known here (yet).
    """
    found = queries.by_report(report)
    if found is None:
        raise NotFound("no_such_message", _("There is no such message."), "reference")
    if report.delivered is None:
        return found
    message = Message.objects.select_for_update().get(pk=found.pk)
    Receipt.objects.bulk_create(
        [Receipt(message=message, at=at, delivered=report.delivered, status=report.status[:60])], ignore_conflicts=True
    )
    moment = Value(at, output_field=DateTimeField())
    target = State.DELIVERED if report.delivered else State.FAILED
    Message.objects.filter(pk=message.pk, state__in=leading_to(target)).update(
        state=target,
        sent_at=Coalesce(F("sent_at"), moment),
        delivered_at=at if report.delivered else None,
        closed_at=None if report.delivered else at,
        next_try_at=None,
        lease_until=None,
    )
    message.refresh_from_db()
    return message


@action
def record_receipts(*, reports: Sequence[DeliveryReport], at: datetime) -> int:
    """Write down many receipts and return how many were about messages known here.

    Raises NotFound when none was: the operator's receipt may have overtaken its own answer and is welcome again.
    """
    known = 0
    # In one order, so that two requests about the same messages wait for each other and do not deadlock.
    for report in sorted(reports, key=lambda one: (one.reference, one.provider_id)):
        with suppress(NotFound):
            record_receipt(report=report, at=at)
            known += 1
    if reports and not known:
        raise NotFound("no_such_message", _("There is no such message."), "reference")
    return known


def first_try_at(
    settings: configuration.OutboxSettings, *, at: datetime, not_before: datetime | None, immediate: bool
) -> datetime:
    """Return the first moment at which a message may go."""
    earliest = max(at, not_before or at)
    return earliest if immediate else hours.next_open(earliest, opens=settings.opens, closes=settings.closes)


def _written(message: Message, files: Sequence[File], *, fresh: bool = False) -> Message:
    if fresh and not (files or message.immediate):
        insert(message)
        return message
    # A rival with the same key makes this insert wait for its commit and then do nothing; the next statement sees it.
    if not insert(message, unless_there=True):
        return Message.objects.get(key=message.key)
    if message.immediate and message.channel != Channel.LETTER:
        jobs.announce(message.pk)
    if files:
        Enclosure.objects.bulk_create(
            Enclosure(
                message=message, place=place, name=file.name, content_type=file.content_type, content=file.content
            )
            for place, file in enumerate(files)
        )
    return message


def _checked(channel: str, files: Sequence[File]) -> Sequence[File]:
    if files and channel == Channel.SMS:
        raise Invalid("no_files_in_sms", _("A text message cannot carry a file."), "attachments")
    if len(files) > MOST_ENCLOSURES:
        raise Invalid("too_many_files", _("The message has too many files."), "attachments", most=MOST_ENCLOSURES)
    for file in files:
        kind = file.content_type.partition(";")[0].strip()
        if kind not in CONTENT_TYPES or not file.content_type.isascii() or not file.content_type.isprintable():
            raise Invalid("bad_file_type", _("A file of this type cannot be sent."), "attachments", type=kind)
        if not re.fullmatch(r"[\w][\w .()-]{0,99}", file.name):
            raise Invalid("bad_file_name", _("The name of the file cannot be used."), "attachments")
        if not 0 < len(file.content) <= LARGEST_ENCLOSURE:
            raise Invalid("file_too_large", _("The file is empty or too large."), "attachments", most=LARGEST_ENCLOSURE)
    return files
