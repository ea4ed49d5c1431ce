"""Decisions to clients' electronic mailboxes: sent once, whatever breaks; who has no mailbox gets a letter on paper.

Three steps, and no call to the outside inside a transaction: lease a delivery and make its letter, call the gateway,
write down the end. The delivery's own id goes with every try, so a repeat after a cut line is the same letter and the
service answers that it has it. A sender that dies leaves its lease; when that runs out another one repeats.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from polku.access.models import Actor
from polku.clients.queries import root
from polku.decisions import delivering
from polku.decisions.configuration import DecisionSettings, Messages, current
from polku.decisions.models import Delivery, Polled
from polku.decisions.moves import trace
from polku.decisions.states import DeliveryState, Way
from polku.gateways.contract import Outcome, Result
from polku.gateways.suomifi import NO_MAILBOX, Letter
from polku.kit.errors import Invalid
from polku.kit.localtime import local_date
from polku.outbox.patience import pause_after

log = logging.getLogger("polku.decisions")

SERVICE = "suomifi"
READ = "Electronic message read"
# Neutral: the subject of a message can be seen over a shoulder. The decision itself is the enclosure.
_WORDS = {
    "fi": (
        "Sinulle on päätös",
        "Päätös on tämän viestin liitteenä. Liitteessä kerrotaan myös, miten voit vaatia siihen oikaisua.",
    ),
    "sv": (
        "Du har fått ett beslut",
        "Beslutet finns som bilaga till detta meddelande. I bilagan står också hur du kan begära omprövning.",
    ),
}
_FILE = {"fi": "paatos.pdf", "sv": "beslut.pdf"}


@dataclass(frozen=True, slots=True)
class _Leased:
    pk: int
    number: int
    letter: Letter


def send_due(*, by: Actor, at: datetime, limit: int = 20) -> int:
    """Send up to `limit` letters that are due; `at` is the start, the clock runs on. Returns how many were tried."""
    settings = current()
    started = time.monotonic()
    for done in range(limit):
        if settings.gateway is None or not _send_next(settings, settings.gateway, by=by, at=_now(at, started)):
            return done
    return limit


def _now(at: datetime, started: float) -> datetime:
    return at + timedelta(seconds=time.monotonic() - started)


def _send_next(settings: DecisionSettings, gateway: Messages, *, by: Actor, at: datetime) -> bool:
    started = time.monotonic()
    taken = lease(settings, by=by, at=at)
    if isinstance(taken, _Leased):
        record(settings, taken, _call(gateway, taken), by=by, at=_now(at, started))
    return taken is not None


@transaction.atomic
def lease(settings: DecisionSettings, *, by: Actor, at: datetime) -> _Leased | bool | None:
    """Take the next due letter; True when it was given up instead, None when nothing is due."""
    due = Delivery.objects.filter(way=Way.ELECTRONIC, state=DeliveryState.WAITING, next_try_at__lte=at)
    first = due.order_by("next_try_at", "id").select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
    if first is None:
        return None
    row = Delivery.objects.select_related("decision__case__client", "decision__unit", "decision__work_item").get(
        pk=first.pk
    )
    day, client = local_date(at), root(row.decision.case.client)
    if row.tries >= settings.most_tries or not client.hetu:
        _fail(row, "gave up" if client.hetu else NO_MAILBOX, by=by, at=at)
        return True
    if row.sent_on != day or row.pdf is None:
        try:
            made = delivering.made_for(row, day)
        except Invalid as error:
            log.warning("letter %s cannot be made: %s", row.public_id, error.code)
            _fail(row, error.code, by=by, at=at)
            return True
        Delivery.objects.filter(pk=row.pk).update(**made)
        row.pdf = made["pdf"]
    # From here until the end is known the letter may be with the client: the lease says so to everybody else.
    Delivery.objects.filter(pk=row.pk).update(tries=F("tries") + 1, next_try_at=at + settings.lease)
    title, body = _WORDS.get(row.language, _WORDS["fi"])
    letter = Letter(
        external_id=row.public_id, recipient=client.hetu, title=title, body=body,
        file_name=_FILE.get(row.language, _FILE["fi"]), pdf=bytes(row.pdf or b""),
    )  # fmt: skip
    return _Leased(row.pk, row.tries + 1, letter)


def _call(gateway: Messages, taken: _Leased) -> Result:
    try:
        return gateway.send(taken.letter)
    except Exception as error:  # a gateway's own mistake must not stop the letters behind this one
        log.exception("the gateway broke at letter %s", taken.letter.external_id)
        return Result(Outcome.UNKNOWN, type(error).__name__)


@transaction.atomic
def record(settings: DecisionSettings, taken: _Leased, result: Result, *, by: Actor, at: datetime) -> None:
    """Write down how a try ended; also for a sender that came late: what was taken was taken."""
    row = delivering.locked_one(Delivery.objects.only("pk", "decision_id").get(pk=taken.pk))
    if row.state != DeliveryState.WAITING:
        return
    if result.outcome is Outcome.ACCEPTED:
        _accepted(row, result, by=by, at=at)
    elif result.outcome is Outcome.PERMANENT:
        _fail(row, result.detail, by=by, at=at)
    elif row.tries == taken.number:
        pause = pause_after(row.tries, row.public_id, first=settings.first_pause, longest=settings.longest_pause)
        unknown = {"unknown_on": row.sent_on} if result.outcome is Outcome.UNKNOWN else {}
        Delivery.objects.filter(pk=row.pk).update(next_try_at=at + pause, note=result.detail[:300], **unknown)


def _accepted(row: Delivery, result: Result, *, by: Actor, at: datetime) -> None:
    """The service has the letter. When it had it already, it has that of the try whose end nobody knew."""
    if "409" in result.detail and row.unknown_on is not None and row.unknown_on != row.sent_on:
        made = delivering.made_for(row, row.unknown_on)
        row.sent_on = row.unknown_on
        Delivery.objects.filter(pk=row.pk).update(**made)
    assert row.sent_on is not None
    told = delivering.days(Way.ELECTRONIC, row.sent_on)
    delivering.move(
        row,
        DeliveryState.SENT,
        **told,
        external_id=result.provider_id[:120],
        next_try_at=None,
        unknown_on=None,
        note="",
    )
    delivering.left(row, by=by, at=at)


def _fail(row: Delivery, why: str, *, by: Actor, at: datetime) -> None:
    """It will not go this way. Without a mailbox it goes on paper at once; else a person looks at it."""
    delivering.move(row, DeliveryState.FAILED, next_try_at=None, note=why[:300])
    trace(row.decision, "not_sent", by=by, at=at, data={"way": row.way, "why": why[:100]})
    if why == NO_MAILBOX:
        delivering.new(row.decision, Way.POST, by=by, at=at, instead_of=row, note=NO_MAILBOX)


def poll(*, at: datetime) -> int:
    """Read what has happened to letters since the last time; returns how many of ours were told of.

    Raises:
        polku.gateways.suomifi.NotNow: the service did not tell; the next time asks from the same place.
    """
    gateway = current().gateway
    if gateway is None:
        return 0
    stands = Polled.objects.filter(service=SERVICE).first()
    events, following = gateway.events(stands.token if stands else "")
    told = 0
    with transaction.atomic():
        for event in events:
            if event.kind == READ:
                rows = Delivery.objects.filter(public_id=event.external_id, read_at__isnull=True)
                told += rows.update(read_at=event.at)
        Polled.objects.update_or_create(service=SERVICE, defaults={"token": following, "polled_at": at})
    return told
