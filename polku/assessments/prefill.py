"""What is known before anybody asks: facts of the register become answers, what was told becomes something to check.

The register's own facts (name, day of becoming pending, who writes) are not asked of the client again: they stand as
answers from the beginning and can be changed. What somebody has said, in the contact or in an earlier assessment, is
shown at its question with its source until the client has said whether it is still true (feature A2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from polku.access.models import Actor
from polku.access.queries import codes, who
from polku.assessments import answering, published
from polku.assessments.forms import answers as forms
from polku.assessments.forms import paths
from polku.assessments.forms.definition import SHARED, Definition, Question
from polku.assessments.forms.problems import AnswerError
from polku.assessments.forms.values import PARAGRAPH_AT_MOST, empty
from polku.assessments.models import Answer, Assessment, Known
from polku.assessments.states import KnownState
from polku.cases.models import Case
from polku.cases.queries import own_worker
from polku.cases.states import InitiatedHow
from polku.clients.queries import root
from polku.contacts import queries as contacts
from polku.contacts.models import Contact
from polku.contacts.states import ContactState
from polku.kit.localtime import local_date
from polku.storing import insert

CONTACT, EARLIER = "contact", "assessment"
PREVIOUS = "previous"
_CONTACTS_AT_MOST = 3

_INITIATED = {
    InitiatedHow.APPLICATION: "application",
    InitiatedHow.CONTACT: "contact",
    InitiatedHow.NOTIFICATION: "notification",
    InitiatedHow.WORKER: "own_observation",
    InitiatedHow.OTHER: "other",
}


def fill(row: Assessment, *, previous: Assessment | None, whole: bool, by: Actor, at: datetime) -> None:
    """Write what is known into a new assessment: a part of the action that begins it.

    Args:
        previous: the earlier assessment whose answers may still hold.
        whole: all its answers, not only those that the form asks to be shown (a new version of the same document).
    """
    form = published.of(row)
    for question in form.questions():
        if (tell := _REGISTER.get(question.prefill)) is not None and SHARED in question.answered_by:
            answering.put(row, question.path, tell(row.case, by, at), by=by, at=at)
    told = _of_contacts(form, row.case)
    found = _of_previous(form, previous, whole=whole) if previous is not None else ()
    for known in (*told, *found):
        known.assessment = row
        insert(known)


def _of_contacts(form: Definition, case: Case) -> Iterator[Known]:
    asked = [question for question in form.questions() if question.prefill.startswith("contact.")]
    if not asked:
        return
    parties = Contact.objects.filter(parties__case=case, parties__removed_at__isnull=True)
    rows = list(parties.exclude(state=ContactState.DISCARDED).distinct().order_by("received_at", "id"))
    if not rows:
        return
    for question in asked:
        for contact, value in _told(question, rows):
            yield Known(
                path=question.path, voice=SHARED, value=value, source_kind=CONTACT, source_at=contact.received_at,
                contact=contact,
            )  # fmt: skip


def _told(question: Question, rows: Iterable[Contact]) -> Iterator[tuple[Contact, Any]]:
    """Yield what the contacts tell for a question, at most once: the newest one that tells anything."""
    for contact in sorted(rows, key=lambda row: (row.received_at, row.pk), reverse=True)[:_CONTACTS_AT_MOST]:
        value: Any = None
        if question.prefill == "contact.words":
            newest = contacts.said(contact)
            value = newest.text.strip()[:PARAGRAPH_AT_MOST] if newest is not None else ""
        elif question.prefill == "contact.needs":
            value = sorted({*contact.topics, contact.need} - {""})
        if not empty(value):
            yield contact, value
            return


def _of_previous(form: Definition, previous: Assessment, *, whole: bool) -> Iterator[Known]:
    answers = Answer.objects.filter(assessment=previous, value__isnull=False).order_by("id")
    for answer in answers:
        question = form.index.get(paths.plain(answer.path))
        if question is None or not (whole or _asks_for_previous(form, question)):
            continue
        if question.prefill in _REGISTER or question.prefill == published.STARTED_ON:
            continue
        try:
            value = forms.check(form, answer.path, answer.voice, answer.value)
        except AnswerError:
            # This version of the form asks otherwise: what was answered stays in the earlier one.
            continue
        yield Known(
            path=answer.path, voice=answer.voice, value=value, source_kind=EARLIER, source_at=previous.locked_at,
            earlier=previous,
        )  # fmt: skip


def _asks_for_previous(form: Definition, question: Question) -> bool:
    """Tell whether the question, or a group that it lies in, asks for what was answered last time."""
    path = question.path
    while path in form.index:
        if form.index[path].prefill == PREVIOUS:
            return True
        path = paths.parent(path)
    return False


def still_to_check(row: Assessment) -> int:
    """Return how much of what was known nobody has checked with the client."""
    return Known.objects.filter(assessment=row, state=KnownState.PROPOSED).count()


# --- Facts of the register ----------------------------------------------------------------------------------------


def _worker(case: Case, by: Actor, at: datetime) -> str:
    named = own_worker(case, day=local_date(at))
    return named.name if named is not None else ""


def _unit(case: Case, by: Actor, at: datetime) -> str:
    return next((post.unit for post in who(by, at=at).posts if post.unit_id == case.unit_id), "") or next(
        (post.unit for post in who(by, at=at).posts), ""
    )


def _birth_date(case: Case, by: Actor, at: datetime) -> str:
    born = root(case.client).birth_date
    return born.isoformat() if born is not None else ""


def _interpreter(case: Case, by: Actor, at: datetime) -> str:
    return "yes" if root(case.client).interpreter_language else ""


def _language(case: Case, by: Actor, at: datetime) -> str:
    key = root(case.client).interpreter_language
    found = codes("language", day=local_date(at)).filter(key=key).first() if key else None
    return found.name_fi if found is not None else key


# The document is written in the county's own words, whoever opens it in whatever language: names and titles in Finnish.
_REGISTER: dict[str, Callable[[Case, Actor, datetime], Any]] = {
    "client.family_name": lambda case, by, at: root(case.client).family_name,
    "client.given_names": lambda case, by, at: root(case.client).given_names,
    "client.identity_code": lambda case, by, at: root(case.client).hetu or "",
    "client.birth_date": _birth_date,
    "client.interpreter": _interpreter,
    "client.language": _language,
    "case.initiation": lambda case, by, at: _INITIATED[InitiatedHow(case.initiated_how)],
    "case.pending_since": lambda case, by, at: local_date(case.initiated_at).isoformat(),
    "case.own_worker": _worker,
    "worker.name": lambda case, by, at: by.name,
    "worker.title": lambda case, by, at: by.title_fi,
    "worker.unit": _unit,
}
