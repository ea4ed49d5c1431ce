"""What is sent about a contact: the receipt of a form, a call-back agreed on, a call that reached nobody.

Words are neutral and in the person's language; a person who wants no answer gets none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from polku.access.models import Actor
from polku.cases import actions as cases
from polku.clients.queries import details
from polku.contacts import clocks
from polku.contacts.models import CallBack, Contact, ContactParty
from polku.contacts.queries import concerned, concerned_of
from polku.contacts.states import PreferredWay
from polku.deadlines.models import Clock
from polku.kit.errors import Invalid
from polku.kit.localtime import local_date
from polku.outbox import actions as outbox
from polku.outbox import values
from polku.outbox.states import Channel, Language


def form_receipt(
    contact: Contact, people: Sequence[ContactParty], running: Iterable[Clock], *, by: Actor, at: datetime
) -> bool:
    """Queue the receipt of a form: reference number and the day by which it is answered, by its running clocks."""
    due = next((clock.due_at for clock in running if clock.rule == clocks.ANSWER), None)
    if due is None:
        return False
    language = _language(contact.language)
    return _send(
        contact,
        concerned_of(people),
        template="eform_receipt",
        language=language,
        given={"reference": contact.reference, "day": values.day(due, language), "phone": contact.unit.phone},
        key=f"contact:{contact.public_id}:receipt",
        by=by,
        at=at,
        fresh=True,
    )


def call_back_agreed(row: CallBack, *, by: Actor, at: datetime) -> bool:
    """Queue a message with the time agreed for a call-back."""
    return _about_call(row, "callback_agreed", row.agreed_at, by=by, at=at)


def attempted(row: CallBack, *, by: Actor, at: datetime) -> bool:
    """Queue a message that a call did not reach the person."""
    return _about_call(row, "contact_attempted", at, by=by, at=at)


def _about_call(row: CallBack, template: str, moment: datetime, *, by: Actor, at: datetime) -> bool:
    language = _language(row.language)
    given = {
        "day": values.day(moment, language),
        "time": values.clock_time(moment),
        "phone": row.unit.phone,
    }
    return _send(
        row.contact, concerned(row.contact) if row.contact else None,
        template=template, language=language, given=given, phone=row.phone,
        key=f"call_back:{row.public_id}:{template}", by=by, at=at,
    )  # fmt: skip


def _language(code: str) -> str:
    """Return the language of a message: Finnish, Swedish, or English for everybody else."""
    return code if code in Language.values else Language.ENGLISH


def _send(
    contact: Contact | None,
    party: ContactParty | None,
    *,
    template: str,
    language: str,
    given: Mapping[str, str],
    key: str,
    by: Actor,
    at: datetime,
    phone: str = "",
    fresh: bool = False,
) -> bool:
    """Queue a message to the way the person wants or has; False when there is no way, or the unit has no number."""
    wanted = contact.preferred_way if contact else PreferredWay.SMS
    if wanted == PreferredWay.NONE or not given["phone"]:
        return False
    for channel, address in _ways(party, phone, wanted, at=at):
        try:
            outbox.queue(
                channel=channel, to=address, language=language, template=template, values=given, key=key, at=at,
                fresh=fresh,
            )  # fmt: skip
        except Invalid:
            # A form's contact stands whatever its sender's address is worth; the other way is tried.
            continue
        if contact is not None:
            cases.note(
                event="contacts.message_queued", by=by, at=at, work_item=contact.work_item,
                data={"template": template, "channel": str(channel)},
            )  # fmt: skip
        return True
    return False


def _ways(party: ContactParty | None, phone: str, wanted: str, *, at: datetime) -> list[tuple[str, str]]:
    """Return channels with addresses, the wanted one first."""
    email = party.email if party else ""
    phone = phone or (party.phone if party else "")
    if party is not None and party.client is not None and not (phone or email):
        known = details([party.client], day=local_date(at), protected=True)[party.client.pk]
        phone, email = next(iter(known.phones), ""), next(iter(known.emails), "")
    ways = [(str(Channel.SMS), phone), (str(Channel.EMAIL), email)]
    if wanted == PreferredWay.EMAIL:
        ways.reverse()
    return [way for way in ways if way[1]]
