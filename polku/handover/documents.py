"""Finished documents as structured data: an assessment, a plan, a decision, each as it was when it was finished.

One shape for all: `kind`, `title`, `language`, `head` (whose, from whom, when), `facts` for machines, `sections` with
their entries. Words of the product are in the document's language; what people wrote stays as they wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from polku.assessments.document import as_document
from polku.assessments.models import Assessment, Plan
from polku.assessments.shown import Entry
from polku.cases.models import Case
from polku.clients.queries import root
from polku.decisions import letters
from polku.decisions.models import Decision, Delivery
from polku.handover.states import DocumentKind
from polku.kit.localtime import local, local_date
from polku.meetings.services import names
from polku.rules.decisions import parts, words
from polku.rules.delivery import ways

Content = dict[str, Any]


def of_assessment(row: Assessment, language: str) -> Content:
    """Return a locked assessment."""
    document = as_document(row, language)
    with override(language):
        sections = [
            {"key": section.key, "title": section.title, "entries": [_answered(entry) for entry in section.entries]}
            for section in document.sections
        ]
        if document.measures:
            entries = [_entry(one.name, [one.done_on, " ".join((one.total, one.band))]) for one in document.measures]
            sections.append({"key": "measures", "title": _("Measures"), "entries": entries})
        facts = {
            "form": document.form, "form_version": row.form.version, "national_id": document.national_id,
            "version": document.version, "started_at": _moment(document.started_at),
            "completed_at": _moment(document.locked_at), "special_support": document.special_support,
        }  # fmt: skip
        by = ", ".join(f"{title} {name}".strip() for name, title in document.authors)
        head = _head(row.case, by, row.locked_at, language)
        return _content(
            DocumentKind.ASSESSMENT, document.title, language, row.public_id, row.case, head, facts, sections
        )


def _answered(entry: Entry) -> Content:
    lines = []
    for answer in entry.answers:
        told = answer.text or answer.not_asked
        lines.append(f"{answer.whose}: {told}" if answer.whose else told)
    return _entry(entry.text, lines)


def of_plan(row: Plan, language: str) -> Content:
    """Return a client plan as it came into force."""
    with override(language):
        texts = {
            "situation": (_("Situation"), row.situation),
            "strengths": (_("Strengths"), row.strengths),
            "environment": (_("Environment"), row.environment),
            "client_proposal": (_("The client's proposal"), row.client_proposal),
            "agreement": (_("The client's view of the plan"), row.get_agreement_display()),
            "differing_view": (_("Differing view"), row.differing_view),
            "goals": (_("Goals"), [f"{goal.text} {goal.means}".strip() for goal in row.goals.order_by("place")]),
            "services": (_("Services"), list(_services(row, language))),
            "cooperation": (_("Cooperation"), row.cooperation),
            "meetings": (_("Meetings with the client"), row.meetings),
            "duration": (_("Duration"), row.duration),
            "follow_up": (_("Follow-up"), row.follow_up),
            "review_on": (_("Looked at again"), words.day(row.review_on) if row.review_on else ""),
        }
        sections = [_section(key, title, told) for key, (title, told) in texts.items() if told]
        facts = {
            "version": row.version, "confirmed_at": _moment(row.confirmed_at), "agreement": row.agreement,
            "review_on": row.review_on.isoformat() if row.review_on else None,
        }  # fmt: skip
        by = row.confirmed_by.name if row.confirmed_by is not None else ""
        head = _head(row.case, by, row.confirmed_at, language)
        return _content(DocumentKind.PLAN, _("Client plan"), language, row.public_id, row.case, head, facts, sections)


def _services(row: Plan, language: str) -> Iterator[str]:
    for service in row.services.order_by("place"):
        begins = words.day(service.begins) if service.begins else ""
        told = (names(service.service)[language], begins, service.duration, service.responsible, service.note)
        yield ", ".join(filter(None, told))


def of_decision(row: Decision, language: str) -> Content:
    """Return a signed decision, in the language in which it was given."""
    with override(language):
        given = letters.given(row, language)
        kind = letters.kind_of(row)
        sections = [
            _section(part.key, part.name[language], list(_fields(given[part.key])))
            for part in parts.parts()
            if given.get(part.key)
        ]
        days = {"starts_on": given.get("resolution", {}).get("starts_on")}
        days["ends_on"] = given.get("resolution", {}).get("ends_on")
        facts = {
            "kind": row.kind, "diary": row.diary, "signed_at": _moment(row.signed_at), "signer": row.signer_name,
            "signer_title": row.signer_title, "words_version": row.template_version,
            "earlier": row.earlier.diary if row.earlier is not None else None, "follows": row.follows or None,
            **{name: day.isoformat() if day else None for name, day in days.items()},
        }  # fmt: skip
        head = _head(row.case, f"{row.signer_title} {row.signer_name}".strip(), row.signed_at, language)
        head.insert(0, row.diary or "")
        title = words.title(kind, language)
        return _content(DocumentKind.DECISION, title, language, row.public_id, row.case, head, facts, sections)


def _fields(given: Content) -> Iterator[str]:
    for name, value in given.items():
        if isinstance(value, list):
            yield from (str(one) for one in value)
        elif isinstance(value, bool):
            if name == "until_further" and value:
                yield _("Until further notice")
        elif isinstance(value, date):
            yield words.day(value)
        elif name == "way":
            yield ways()[value][_language()]
        elif value:
            yield str(value)


def _language() -> str:
    return (get_language() or "fi")[:2]


def delivered(row: Decision) -> Content:
    """Return how a decision has been brought to the client so far; asked when the document is downloaded."""
    found = Delivery.objects.filter(decision=row, sent_on__isnull=False).defer("pdf").order_by("-id").first()
    if found is None:
        return {}
    days = {"sent_on": found.sent_on, "received_on": found.received_on, "review_last_day": found.review_last_day}
    return {"way": found.way, "state": found.state} | {
        name: day.isoformat() if day else None for name, day in days.items()
    }


# --- The shape -------------------------------------------------------------------------------------------------------


def _content(
    kind: str, title: str, language: str, thing: str, case: Case, head: list[str], facts: Content,
    sections: list[Content],
) -> Content:  # fmt: skip
    client = root(case.client)
    return {
        "format": "polku-document-1",
        "kind": str(kind),
        "id": thing,
        "title": title,
        "language": language,
        "head": head,
        "client": {
            "name": str(client),
            "identity_code": client.hetu,
            "temporary_id": client.temporary_id,
            "born_on": client.birth_date.isoformat() if client.birth_date else None,
            "protected": client.protected,
        },
        "case": {"reference": case.reference, "initiated_at": _moment(case.initiated_at), "register": case.register},
        "service_tasks": sorted(case.service_tasks.values_list("task", flat=True)),
        "unit": {"key": case.unit.key, "name": case.unit.name, "organisation": case.unit.organisation.name},
        "facts": facts,
        "sections": sections,
    }


def _head(case: Case, by: str, at: datetime | None, language: str) -> list[str]:
    """Whose document, from which unit, by whom and when (703/2023 38 §)."""
    client = root(case.client)
    born = client.hetu or (words.day(client.birth_date) if client.birth_date else client.temporary_id or "")
    finished = ""
    if at is not None:
        finished = f"{words.day(local_date(at))} {words.clock(local(at).time())}"
    lines = [f"{client}, {born}" if born else str(client), f"{case.unit.name}, {case.reference}", by, finished]
    if client.protected:
        lines.append(_("Ban on disclosure"))
    return [line for line in lines if line]


def _section(key: str, title: str, told: str | Iterable[str]) -> Content:
    lines = told.splitlines() if isinstance(told, str) else [line for text in told for line in text.splitlines()]
    return {"key": key, "title": title, "entries": [_entry("", [line]) for line in lines if line.strip()]}


def _entry(label: str, lines: Iterable[str]) -> Content:
    return {"label": label, "lines": [part for line in lines for part in line.splitlines() if part.strip()]}


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
