"""Where a contact goes and why (T2). Rules are dated rows; the answer comes with every step that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from polku.access.models import Actor, Code, Municipality, Unit, UnitArea
from polku.access.permissions import require
from polku.access.queries import current
from polku.acting import action
from polku.audit import actions as audit
from polku.cases.queries import open_cases, own_worker_of
from polku.clients.models import Client
from polku.clients.queries import age as age_of
from polku.contacts.models import Contact
from polku.contacts.queries import concerned
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date
from polku.triage import policy as _policy  # noqa: F401 - declares who may
from polku.triage import sharing
from polku.triage.models import RoutingRule
from polku.triage.states import RouteReason

NEEDS = "need"


@dataclass(frozen=True, slots=True)
class Asked:
    """What decides the direction: municipality (code), age, need (code key), and the client when known."""

    municipality: str = ""
    age: int | None = None
    need: str = ""
    client: Client | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the explanation: did it decide (or could it have), and why, in a sentence."""

    fits: bool
    sentence: str
    rule: RoutingRule | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Where it goes: the unit (and the own worker), why, and all steps that were looked at, in order."""

    unit: Unit
    reason: RouteReason
    steps: tuple[Step, ...]
    worker: Actor | None = None
    rule: RoutingRule | None = None

    @property
    def why(self) -> dict[str, str]:
        """The reason as facts for the timeline: `why`, and the rule's public id where a rule decided."""
        return {"why": self.reason.value, **({"rule": self.rule.public_id} if self.rule else {})}


def asked_of(contact: Contact) -> Asked:
    """Return what is known of a contact that decides its direction."""
    party = concerned(contact)
    client = party.client if party else None
    years = contact.age
    if client is not None:
        known = age_of(client, day=local_date(contact.received_at))
        years = known if known is not None else years
    return Asked(municipality=contact.municipality_id or "", age=years, need=contact.need, client=client)


def rules_on(day: date) -> QuerySet[RoutingRule]:
    """Return the rules in force on a day, in their order."""
    return RoutingRule.objects.filter(current(day)).select_related("unit", "municipality").order_by("place", "id")


def route(asked: Asked, *, receiving: Unit, day: date) -> Route:
    """Return where a contact goes on a day, and why.

    In this order: the client's own worker, the client's open case, the first rule that fits, the only unit that serves
    the municipality and age, the receiving unit itself.
    """
    steps: list[Step] = []
    if (found := _by_client(asked, steps, day=day)) is not None:
        return found
    for rule in rules_on(day):
        against = _against(rule, asked)
        if against:
            steps.append(
                Step(False, _("Rule %(place)s does not fit: %(why)s.") % {"place": rule.place, "why": against}, rule)
            )
            continue
        steps.append(Step(True, _rule_fits(rule), rule))
        return Route(rule.unit, RouteReason.RULE, tuple(steps), rule=rule)
    return _by_area(asked, steps, receiving=receiving, day=day)


def _by_client(asked: Asked, steps: list[Step], *, day: date) -> Route | None:
    """Look at the client: whoever works with them already goes before any rule."""
    if asked.client is None:
        steps.append(Step(False, _("The person is not known, so nobody works with them yet.")))
        return None
    worker = own_worker_of(asked.client, day=day)
    case = open_cases(asked.client).select_related("unit").order_by("-initiated_at").first()
    if worker is not None and case is not None:
        sentence = _("%(name)s is the client's own worker: the contact goes to them.") % {"name": worker.name}
        steps.append(Step(True, sentence))
        return Route(case.unit, RouteReason.OWN_WORKER, tuple(steps), worker=worker)
    if case is not None:
        sentence = _("The client has an open case in %(unit)s.") % {"unit": case.unit.name}
        steps.append(Step(True, sentence))
        return Route(case.unit, RouteReason.OPEN_CASE, tuple(steps))
    steps.append(Step(False, _("The client has no own worker and no open case.")))
    return None


def _against(rule: RoutingRule, asked: Asked) -> str:
    """Return why a rule does not fit, empty when it does."""
    if rule.municipality is not None and rule.municipality_id != asked.municipality:
        return _("it is for %(municipality)s") % {"municipality": rule.municipality.name}
    if rule.need and rule.need != asked.need:
        return _("it is for the need %(need)s") % {"need": need_name(rule.need)}
    if rule.min_age is None and rule.max_age is None:
        return ""
    if asked.age is None:
        return _("it has age limits and the age is not known")
    if rule.min_age is not None and asked.age < rule.min_age:
        return _("it is for people of at least %(age)s years") % {"age": rule.min_age}
    if rule.max_age is not None and asked.age > rule.max_age:
        return _("it is for people of at most %(age)s years") % {"age": rule.max_age}
    return ""


def _rule_fits(rule: RoutingRule) -> str:
    return _("Rule %(place)s fits: %(what)s goes to %(unit)s.") % {
        "place": rule.place, "what": rule_in_words(rule), "unit": rule.unit.name,
    }  # fmt: skip


def rule_in_words(rule: RoutingRule) -> str:
    """Return whom a rule is about, in words: `Lohja, 18-64 years, housing`."""
    parts = [rule.municipality.name if rule.municipality else _("any municipality")]
    if rule.min_age is not None and rule.max_age is not None:
        parts.append(_("%(min)s–%(max)s years") % {"min": rule.min_age, "max": rule.max_age})
    elif rule.min_age is not None:
        parts.append(_("at least %(age)s years") % {"age": rule.min_age})
    elif rule.max_age is not None:
        parts.append(_("at most %(age)s years") % {"age": rule.max_age})
    parts.append(need_name(rule.need) if rule.need else _("any need"))
    return ", ".join(parts)


def need_name(key: str) -> str:
    """Return the name of a need in the reader's language; the key itself when there is none."""
    code = Code.objects.filter(set=NEEDS, key=key).order_by("-valid_from").first()
    return code.name if code else key


def _by_area(asked: Asked, steps: list[Step], *, receiving: Unit, day: date) -> Route:
    """Look at the areas that units serve; more than one decides nothing, the receiving unit keeps it."""
    if not asked.municipality:
        steps.append(Step(False, _("The municipality is not known.")))
        return _kept(steps, receiving)
    areas = UnitArea.objects.filter(current(day), current(day, "unit__"), municipality_id=asked.municipality)
    if asked.age is not None:
        areas = areas.filter(min_age__lte=asked.age, max_age__gte=asked.age)
    units = list({area.unit_id: area.unit for area in areas.select_related("unit").order_by("unit_id")}.values())
    if any(unit.pk == receiving.pk for unit in units):
        sentence = _("%(unit)s itself serves the municipality and age.") % {"unit": receiving.name}
        steps.append(Step(True, sentence))
        return Route(receiving, RouteReason.AREA, tuple(steps))
    if len(units) == 1:
        steps.append(Step(True, _("Only %(unit)s serves the municipality and age.") % {"unit": units[0].name}))
        return Route(units[0], RouteReason.AREA, tuple(steps))
    if units:
        names = ", ".join(unit.name for unit in units)
        steps.append(Step(False, _("Several units serve the municipality and age: %(units)s.") % {"units": names}))
    else:
        steps.append(Step(False, _("No unit serves the municipality and age.")))
    return _kept(steps, receiving)


def _kept(steps: list[Step], receiving: Unit) -> Route:
    steps.append(Step(True, _("The receiving unit %(unit)s keeps it.") % {"unit": receiving.name}))
    return Route(receiving, RouteReason.FALLBACK, tuple(steps))


def route_of(contact: Contact, *, day: date) -> Route:
    """Return where a contact goes on a day, and why."""
    return route(asked_of(contact), receiving=contact.unit, day=day)


@action
def direct(*, contact: Contact, by: Actor, at: datetime, note: str = "") -> Route:
    """Send a contact where the rules lead; when it is there already nothing changes. Returns the route with its reason.

    Raises:
        NotAllowed; Conflict when somebody has taken or closed it meanwhile.
    """
    found = route_of(contact, day=local_date(at))
    item = contact.work_item
    if item.unit_id == found.unit.pk and (found.worker is None or item.assignee_id == found.worker.pk):
        return found
    sharing.hand_over(item=item, to=found.worker, unit=found.unit, note=note.strip(), by=by, at=at, why=found.why)
    return found


@dataclass(frozen=True, slots=True)
class NewRule:
    """A routing rule as it is set."""

    unit: Unit
    place: int
    valid_from: date
    municipality: str = ""
    min_age: int | None = None
    max_age: int | None = None
    need: str = ""
    note: str = ""
    valid_until: date | None = None


@action
def add_rule(*, rule: NewRule, by: Actor, at: datetime) -> RoutingRule:
    """Add a routing rule, in force from a day on.

    Raises:
        NotAllowed; Invalid with the field.
    """
    require(by, "triage.set_routing", at=at)
    if rule.municipality and not Municipality.objects.filter(pk=rule.municipality).exists():
        raise Invalid("municipality_unknown", gettext_lazy("There is no such municipality."), field="municipality")
    if rule.min_age is not None and rule.max_age is not None and rule.min_age > rule.max_age:
        raise Invalid("ages_wrong", gettext_lazy("The lowest age is above the highest."), field="min_age")
    if rule.valid_until is not None and rule.valid_until < rule.valid_from:
        raise Invalid("period_wrong", gettext_lazy("The rule ends before it begins."), field="valid_until")
    made = RoutingRule.objects.create(
        place=rule.place, municipality_id=rule.municipality or None, min_age=rule.min_age, max_age=rule.max_age,
        need=rule.need, unit=rule.unit, note=rule.note.strip()[:300], valid_from=rule.valid_from,
        valid_until=rule.valid_until, created_at=at, created_by=by,
    )  # fmt: skip
    audit.changed(by=by, at=at, what="triage.routing_added", subject=made.public_id, details={"unit": rule.unit.key})
    return made


@action
def end_rule(*, rule: RoutingRule, last_day: date, by: Actor, at: datetime) -> None:
    """End a routing rule: its row stays, so that an old direction can be explained.

    Raises:
        NotAllowed; Invalid when it would end before it began; Conflict when it has ended already.
    """
    require(by, "triage.set_routing", at=at)
    if last_day < rule.valid_from:
        raise Invalid("period_wrong", gettext_lazy("The rule ends before it begins."), field="valid_until")
    if not RoutingRule.objects.filter(pk=rule.pk, valid_until__isnull=True).update(valid_until=last_day):
        raise Conflict("rule_ended", gettext_lazy("Somebody has already ended this rule."))
    audit.changed(by=by, at=at, what="triage.routing_ended", subject=rule.public_id)
