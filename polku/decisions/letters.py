"""A decision as a letter: its stored parts put together in a language, for a way of delivery and a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from polku.assessments.models import Plan
from polku.assessments.states import PlanState
from polku.clients.models import Client
from polku.clients.queries import details, root
from polku.deadlines.models import Clock
from polku.decisions.configuration import current
from polku.decisions.letter.content import Letter, Sender, Signature, compose
from polku.decisions.letter.errors import LetterError
from polku.decisions.models import Decision, UsedReasoning
from polku.kit.errors import Invalid
from polku.kit.localtime import local_date
from polku.rules.decisions import execution, parts, review
from polku.rules.decisions.parts import Kind
from polku.rules.errors import RuleError

# A letter that nobody has signed shows this in the diary number's place.
NO_DIARY = "–"
LIBRARY = ("fi", "sv")


def kind_of(decision: Decision) -> Kind:
    """Return the decision's kind: its service and outcome."""
    return parts.kind(decision.kind)


def given(decision: Decision, language: str) -> dict[str, dict[str, Any]]:
    """Return what has been written in each part, in one language, with the texts of the library that are used."""
    written = parts.said_in(parts.from_json(decision.parts), language)
    used = UsedReasoning.objects.filter(decision=decision).order_by("place")
    # The library is in Finnish and Swedish; a letter in another language is refused when it is put together.
    texts = [text for text in used.values_list(f"text_{language}", flat=True) if text] if language in LIBRARY else []
    if texts:
        written["reasons"] = {**written.get("reasons", {}), "library": texts}
    return written


def plan_in_force(decision: Decision) -> Plan | None:
    """Return the client plan from which a decision may deviate: that of its signing, before it the one in force."""
    if decision.signed_at is not None:
        return decision.plan
    return Plan.objects.filter(case_id=decision.case_id, state=PlanState.IN_FORCE).first()


def facts(decision: Decision) -> dict[str, Any]:
    """Return what decides which parts are asked for: there is a plan, the service begins after the limit."""
    by = parts.from_json(decision.parts).get("execution", {}).get("by")
    return {
        "plan": plan_in_force(decision) is not None,
        "late": by is not None and execution.is_late(by, limit(decision)),
    }


def limit(decision: Decision) -> Any:
    """Return by when it must be carried out (1301/2014 45 § 2 and 3 mom.)."""
    case = decision.case
    need = Clock.objects.filter(work_item=case.work_item_id, rule="exec_under23", cancelled_at__isnull=True)
    established = need.values_list("day0", flat=True).first()
    return execution.limit(local_date(case.initiated_at), need_established_on=established)


def of(
    decision: Decision,
    way: str,
    sent_on: date,
    *,
    language: str = "",
    received_on: date | None = None,
    address: Sequence[str] = (),
) -> Letter:
    """Return the decision's letter as it leaves that way on that day; unsigned, it is a draft with its holes.

    Raises:
        Invalid: the language has no template, a template has a hole, the days do not fit; in the reader's words.
    """
    language = language or decision.language
    settings, unit = current(), decision.unit
    signed_at = decision.signed_at
    signature = None
    if signed_at is not None:
        signature = Signature(decision.signer_name, _title(decision, language), signed_at)
    name = getattr(unit, f"name_{language}", "") or unit.name_fi
    try:
        return compose(
            kind_of(decision),
            given(decision, language),
            language,
            day=local_date(signed_at) if signed_at else sent_on,
            diary=decision.diary or NO_DIARY,
            sender=Sender(county=settings.county.get(language, ""), unit=name, web=settings.web),
            period=review.period(way, sent_on, received_on=received_on),
            address=tuple(address),
            signature=signature,
            facts=facts(decision),
        )
    except (LetterError, RuleError) as error:
        raise unfit(error) from None


def _title(decision: Decision, language: str) -> str:
    """The signer's office as it was then, in the letter's language."""
    office = decision.parts.get("authority", {}).get("office", "")
    return str(office.get(language) or decision.signer_title) if isinstance(office, dict) else str(office)


def unfit(error: LetterError | RuleError) -> Invalid:
    """Return the refusal of a letter in the reader's words."""
    if isinstance(error, LetterError):
        return Invalid(error.code, error.words((get_language() or "fi")[:2]), field=error.facts.get("field", ""))
    facts = [str(error.facts[name]) for name in ("part", "field") if name in error.facts]
    return Invalid(error.code, _SENTENCES.get(error.code, _DOES_NOT_FIT), field=".".join(facts))


_DOES_NOT_FIT = _("What was given does not fit a decision of this kind.")
_SENTENCES = {
    "unknown_part": _("A decision has no such part."),
    "unknown_field": _("The part has no such field. Open the page again."),
    "wrong_date": _("Write a day such as 1.12.2026."),
    "wrong_time": _("Write a time of day such as 16.00."),
    "not_in_force": _("No decision of this kind can be made: the section on the service is not in force."),
    "unknown_service": _("Choose the service from the list."),
    "unknown_outcome": _("Choose what is decided from the list."),
    "unknown_way": _("Choose the way of delivery from the list."),
    "wrong_days": _("The decision cannot be received before it was sent."),
}


def address_of(client: Client, *, day: date, protected: bool = False) -> tuple[str, ...]:
    """Return the lines for the envelope: name, street, postcode and place; none when no address is known.

    Args:
        protected: the caller has checked that the reader posts it, and logs the reading (661/2009 37 §). Without it
            the address of a person under a ban on disclosure is not told to anybody.
    """
    return addresses_of([client], day=day, protected=protected)[client.pk]


def addresses_of(clients: Sequence[Client], *, day: date, protected: bool = False) -> dict[int, tuple[str, ...]]:
    """Return the same of several people by client id, in as many questions as of one; read them with `merged_into`."""
    people = {client.pk: root(client) for client in clients}
    told = details(list({person.pk: person for person in people.values()}.values()), day=day, protected=protected)
    return {pk: _lines(person, told[person.pk].addresses) for pk, person in people.items()}


def _lines(person: Client, addresses: Sequence[str]) -> tuple[str, ...]:
    if not addresses:
        return ()
    return (str(person), *(line.strip() for line in addresses[0].replace("\n", ",").split(",") if line.strip()))
