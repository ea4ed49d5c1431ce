"""The deadlines that start from a contact as it is told now, before any clock of them runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from polku.access.models import Promise
from polku.access.queries import current
from polku.contacts import clocks
from polku.contacts.models import Contact
from polku.kit.localtime import local_date
from polku.rules import deadlines as law
from polku.rules.deadlines import Deadline
from polku.rules.errors import RuleError


def told_facts(contact: Contact) -> dict[str, Any]:
    """Return the facts of a contact that decide which clocks start."""
    facts = dict(clocks.facts(contact))
    rules = set(
        Promise.objects.filter(current(local_date(contact.received_at)), unit_id=contact.unit_id).values_list(
            "rule", flat=True
        )
    )
    facts.setdefault("has_promise_answer", "promise_answer" in rules)
    facts.setdefault("has_promise_contact", "promise_contact" in rules)
    facts.setdefault("asks_to_talk", contact.talk_requested_at is not None)
    if contact.age is not None:
        facts.setdefault("age", contact.age)
    return facts


def starting(contact: Contact) -> list[tuple[Deadline, Mapping[str, str]]]:
    """Return the deadlines that start from the contact as it is now, each with why, the nearest day first."""
    day = local_date(contact.received_at)
    facts = told_facts(contact)
    try:
        starts = law.starting(facts, day)
    except RuleError:
        return []
    found = [(law.compute(start.rule, day, start.facts), start.because) for start in starts]
    return sorted(found, key=lambda pair: (pair[0].last_day or date.max, pair[0].basis == "promise"))
