"""Signing a decision: by whoever has the power, when nothing that the law demands is missing; then it is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.acting import action
from polku.assessments import queries as assessments
from polku.assessments.voices import is_social_worker_in_office
from polku.deadlines import actions as deadlines
from polku.deadlines.states import Cancelled, Stop
from polku.decisions import checking, delivering, letters, powers, prefill
from polku.decisions import policy as _policy  # noqa: F401 - declares who may
from polku.decisions.drafting import check_language
from polku.decisions.letter import pdf
from polku.decisions.letter.errors import LetterError
from polku.decisions.models import Decision, Power
from polku.decisions.moves import move, next_diary, to_write, trace, untie
from polku.decisions.states import DecisionState, Follows
from polku.kit.errors import Conflict, Invalid, NotAllowed
from polku.kit.localtime import local_date
from polku.meetings.models import Disqualification, Item
from polku.rules.decisions import parts

# A decider from elsewhere goes on seeing the case so long: for questions and corrections.
DECIDER_READS_ON = timedelta(days=30)
# What becomes of the decision that another one is about, when that one is signed.
_EARLIER = {
    Follows.CORRECTS_SPELLING: DecisionState.CORRECTED,
    Follows.CORRECTS_FACT: DecisionState.CORRECTED,
    Follows.WITHDRAWS: DecisionState.WITHDRAWN,
}


@action
def sign(*, decision: Decision, edit: int, by: Actor, at: datetime) -> Decision:
    """Sign a decision: it gets its diary number, is kept as it is, and its letter leaves the way that it says.

    Args:
        edit: the decision's number that the signer has before them; what was saved later has not been read.

    Raises:
        NotAllowed `no_power` naming who has it, `disqualified`, `not_in_office` (1301/2014 46 §); Conflict `changed`,
        `decision_signed`; Invalid `beside`, `parts_missing` naming parts and sections, `no_language`, a letter that
        cannot be made.
    """
    row = to_write(decision, by=by, at=at, action="decisions.sign")
    power = _power(row, by=by, at=at)
    _check_signer(row, by=by, at=at)
    if row.edit != edit:
        raise Conflict("changed", _("The decision has been changed since you opened it. Read it again."), edit=row.edit)
    if row.beside:
        raise Invalid(
            "beside", _("Two people wrote the same part. Choose between the texts first."), field=row.beside[0]["part"]
        )
    check_language(row.language)
    row.plan = letters.plan_in_force(row)
    row.parts = {**row.parts, "authority": {**row.parts.get("authority", {}), **prefill.authority(row.case, by)}}
    _check_whole(row)
    row.signed_at, row.signed_by, row.signer_name = at, by, by.name
    row.signer_title = str(prefill.office(by)[row.language])
    _check_letter(row, at=at)
    columns = {name: getattr(row, name) for name in ("plan", "parts", "signed_by", "signer_name", "signer_title")}
    diary = next_diary(local_date(at).year)
    move(row, DecisionState.SIGNED, **columns, signed_at=at, power=power, diary=diary)
    _clocks(row, by=by, at=at)
    _earlier(row)
    trace(row, "signed", by=by, at=at, data={"by": by.name, "rule": power.rule})
    delivering.begin(row, by=by, at=at)
    untie(row, at=at + DECIDER_READS_ON)
    return row


def _power(row: Decision, *, by: Actor, at: datetime) -> Power:
    day = local_date(at)
    power = powers.held(by, row.kind, row.unit, day=day)
    if power is not None:
        return power
    names = ", ".join(actor.name for actor in powers.holders(row.kind, row.unit, day=day))
    sentence: object = _("You do not have the power to decide this. Who has it: %(names)s.") % {"names": names}
    if not names:
        sentence = _("Nobody has the power to decide this in the unit today. The main user gives it by the rule.")
    raise NotAllowed("no_power", sentence, kind=row.kind, unit=row.unit.key)


def _check_signer(row: Decision, *, by: Actor, at: datetime) -> None:
    """Raise NotAllowed when the signer is disqualified, or special support asks for a social worker in office."""
    barred = Disqualification.objects.filter(item__in=_items(row), actor=by, withdrawn_at__isnull=True).first()
    if barred is not None:
        raise NotAllowed(
            "disqualified",
            _("You are disqualified in this matter: %(ground)s. Somebody else decides.")
            % {"ground": barred.get_ground_display()},
            section="434/2003 27-28 §",
        )
    latest = assessments.latest_locked(row.case) or row.assessment
    special = any(one is not None and one.special_support for one in (latest, row.assessment))
    if special and not is_social_worker_in_office(by, at=at):
        raise NotAllowed(
            "not_in_office",
            _("The client is entitled to special support: a social worker in office decides (1301/2014 46 §)."),
            section="1301/2014 46 §",
        )


def _items(row: Decision) -> list[int]:
    """The item that the decision was made from, and those that it goes on from."""
    found, item = [], row.item_id
    while item is not None and item not in found:
        found.append(item)
        item = Item.objects.values_list("carries_id", flat=True).get(pk=item)
    return found


def _check_whole(row: Decision) -> None:
    lang = (get_language() or "fi")[:2]
    wanting = checking.missing(row)
    if wanting:
        named = "; ".join(part.missing(lang) for part in wanting)
        raise Invalid(
            "parts_missing",
            _("The decision cannot be signed yet: %(what)s.") % {"what": named},
            field=wanting[0].key,
            missing=[part.key for part in wanting],
        )


def _check_letter(row: Decision, *, at: datetime) -> None:
    """Raise Invalid when the letter could not leave: a hole in its template, a character that no font has."""
    client = row.case.client
    address = letters.address_of(client, day=local_date(at)) if not client.protected else ()
    try:
        pdf.check(letters.of(row, checking.way_of(row), local_date(at), address=address))
    except LetterError as error:
        raise letters.unfit(error) from None


def _clocks(row: Decision, *, by: Actor, at: datetime) -> None:
    """Meet what a decision meets; where nothing is to be carried out, its limit ends."""
    item = row.case.work_item
    deadlines.meet(work_item=item, what=Stop.DECISION_MADE, by=by, at=at)
    if parts.kind(row.kind).outcome != "refused":
        return
    others = Decision.objects.filter(case=row.case, state__in=[DecisionState.DRAFT, DecisionState.SIGNED])
    if not any(parts.kind(kind).outcome == "granted" for kind in others.values_list("kind", flat=True)):
        deadlines.cancel(
            work_item=item, reason=Cancelled.REFUSED, by=by, at=at, rules=("decision_exec", "exec_under23")
        )


def _earlier(row: Decision) -> None:
    """Mark the decision that this one corrects or withdraws; one that it replaces stays in force until its day."""
    if row.earlier is not None and (to := _EARLIER.get(Follows(row.follows))) is not None:
        move(Decision.objects.select_for_update(no_key=True).get(pk=row.earlier.pk), to)
