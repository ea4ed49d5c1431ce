"""Who may write which answer: each voice has its own field, and nobody speaks for another profession.

What the client or a near person says is written down by whoever is with them; what a professional judges, by that
profession (1301/2014 36-37 §).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Membership
from polku.access.queries import current, who
from polku.access.states import Role
from polku.assessments.forms.definition import SHARED, Definition, Question
from polku.assessments.policy import ASSESSORS
from polku.assessments.states import Voice
from polku.clients.policy import CARE
from polku.kit.errors import NotAllowed
from polku.kit.localtime import local_date

WORKER = "worker"
ROLES: dict[str, tuple[Role, ...]] = {
    WORKER: ASSESSORS,
    Voice.SOCIAL_WORKER: (Role.SOCIAL_WORKER, Role.COUNSELLOR),
    Voice.NURSE: (Role.NURSE,),
}
"""Whose words are only theirs; every other voice is written down by anybody who works with the client."""


def speakers(form: Definition, question: Question, voice: str) -> tuple[str, ...]:
    """Return who may write an answer: the voice itself, or those who fill in what has one answer for all."""
    return form.filled_by(question) if voice == SHARED else (voice,)


def writes(by: Actor, named: Iterable[str], *, at: datetime) -> bool:
    """Tell whether the actor is one of those who write."""
    roles = who(by, at=at).roles
    return any(roles & frozenset(str(role) for role in ROLES.get(name, CARE)) for name in named)


def require_voice(by: Actor, form: Definition, question: Question, voice: str, *, at: datetime) -> None:
    """Raise NotAllowed `other_voice` unless the actor may write this answer."""
    named = speakers(form, question, voice)
    if not writes(by, named, at=at):
        raise NotAllowed(
            "other_voice",
            _("This part is written by somebody else: %(who)s.") % {"who": ", ".join(map(words, named))},
            field=question.path,
            voices=list(named),
        )


def words(name: str) -> str:
    """Return who fills something in, in the reader's language."""
    return str(_NAMES[name])


_NAMES = {
    WORKER: _("professional of social care"),
    Voice.SOCIAL_WORKER.value: _("social worker or social counsellor"),
    Voice.NURSE.value: _("nurse"),
    Voice.CLIENT.value: _("client"),
    Voice.CHILD.value: _("child"),
    Voice.PARENT.value: _("parent"),
    Voice.NEAR_PERSON.value: _("near person"),
}


def is_social_worker_in_office(actor: Actor, *, at: datetime) -> bool:
    """Tell whether the actor holds an office as social worker on that day (virkasuhde, 1301/2014 36.5 §)."""
    posts = Membership.objects.filter(current(local_date(at)), actor=actor)
    return posts.filter(role=Role.SOCIAL_WORKER, in_office=True).exists()


def require_office(actor: Actor, *, at: datetime) -> None:
    """Raise NotAllowed `not_in_office` unless the actor is a social worker in office."""
    if not is_social_worker_in_office(actor, at=at):
        raise NotAllowed(
            "not_in_office",
            _(
                "The client is entitled to special support: a social worker in office is responsible for the assessment"
                " (1301/2014 36.5 §). Ask one to mark it ready."
            ),
            field="special_support",
            section="1301/2014 36.5 §",
        )
