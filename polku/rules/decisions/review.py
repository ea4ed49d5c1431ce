"""The review period of a decision by its way of delivery, and the instructions that go with the letter.

A day can be told beforehand only when the law says when the letter is deemed received: by post or by an ordinary
electronic message. What is handed over or fetched with identification counts from a day that nobody knows when the
letter is written; then the instructions tell the rule instead, and the day is computed when it is known.
"""

from dataclasses import dataclass
from datetime import date, time
from typing import Any, NamedTuple

from polku.rules import calendar
from polku.rules.deadlines import Deadline, compute
from polku.rules.decisions import words
from polku.rules.delivery import Receipt, received, ways
from polku.rules.errors import RuleError, shown
from polku.rules.versions import rule

_NAMED = ("independence_day", "may_day", "christmas_eve", "midsummer_eve", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Period:
    """When a review can be requested.

    Attributes:
        way: the way of delivery.
        length: days in which the review is to be requested.
        receipt: when the decision is deemed received; None while nobody can know, or when it came later.
        deadline: the last day with what explains it; None while nobody can know.
    """

    way: str
    length: int
    receipt: Receipt | None
    deadline: Deadline | None

    @property
    def last_day(self) -> date | None:
        """The last day, moved off a day that 150/1930 5 § names; None while nobody can know."""
        return self.deadline.last_day if self.deadline else None

    def counted(self, lang: str) -> str:
        """Return how the period was counted, in the letter's language, sentence by sentence."""
        told = words.letter(lang)["review"]
        parts = [told["rule"].format(length=self.length)]
        if self.deadline is None:
            return " ".join([*parts, told["open"][self.way], told["open"]["moved"]])
        if self.receipt is None:
            parts.append(told["received"]["shown"].format(received=words.day(self.deadline.day0)))
        else:
            ordinal = told["ordinals"].get(self.receipt.days) or told["ordinal"].format(n=self.receipt.days)
            days = {"sent": words.day(self.receipt.sent), "received": words.day(self.receipt.day), "ordinal": ordinal}
            parts.append(told["received"][self.way].format(**days))
        parts.append(_end(self.deadline, self.length, told, lang))
        return " ".join(parts)

    def box(self, lang: str, closes: time) -> str:
        """Return what stands in the box after the word for "at latest": the last day and the closing time."""
        told = words.letter(lang)["review"]
        if self.last_day is None:
            return str(told["box_open"].format(length=self.length))
        return str(told["box_day"].format(day=words.on_day(self.last_day, lang), closes=words.clock(closes)))


def _end(deadline: Deadline, length: int, told: Any, lang: str) -> str:
    nth = told["last_ordinals"].get(length) or told["ordinal"].format(n=length)
    last, moved_from = deadline.last_day, deadline.moved_from
    assert last is not None, "the review rule has a number"
    if moved_from is None:
        ends = {"weekday": words.weekday(last, lang), "last_day": words.day(last)}
        return str(told["ends"].format(last_ordinal=nth, **ends))
    name = calendar.name_of(moved_from)
    moved = {
        "moved_from": words.day(moved_from),
        "what": told["what"][name if name in _NAMED else "holiday"],
        "last_day": words.on_day(last, lang),
    }
    return str(told["moved"].format(last_ordinal=nth, **moved))


def period(way: str, sent: date, *, received_on: date | None = None) -> Period:
    """Return the review period of a decision sent on a local day.

    Args:
        way: a way of delivery (`polku.rules.delivery.ways`).
        sent: the day of posting or sending; for a decision handed over or fetched the day on which it is made ready.
        received_on: the day on which it was in fact received: for a way that counts from it, or shown to be later than
            the deemed day. Shown to be earlier it changes nothing: the client keeps the deemed day.

    Raises:
        RuleError: there is no such way, or it is said to be received before it was sent.
    """
    if way not in ways():
        raise RuleError("unknown_way", f"There is no way of delivery {shown(way)}. The ways are: {', '.join(ways())}.")
    if received_on is not None and received_on < sent:
        raise RuleError("wrong_days", f"The decision cannot be received {received_on} before it was sent {sent}.")
    if way not in words.DEEMED and received_on is None:
        return Period(way, rule("review").on(sent).length or 0, None, None)
    receipt = received(way, sent if way in words.DEEMED else received_on or sent)
    counted_from = receipt.day
    if way in words.DEEMED and received_on is not None:
        counted_from = max(
            receipt.day, received_on
        )  # shown to have come later than deemed; earlier does not shorten it
    deadline = compute("review", counted_from, {"decision_notified": True})
    return Period(way, deadline.length or 0, receipt if counted_from == receipt.day else None, deadline)


class Where(NamedTuple):
    """Where a review is requested; the county's own words in the letter's language."""

    to: str  # the authority that reviews
    address: str
    email: str
    phone: str
    open: str  # e.g. `ma–pe klo 9–16`
    closes: time  # when the registry closes on the last day
    help: str  # who helps, e.g. the social welfare ombudsman


class Paragraph(NamedTuple):
    """A side heading and its lines; `items` are numbered and stand before what is in `after`."""

    label: str
    lines: tuple[str, ...]
    items: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def instructions(found: Period, where: Where, lang: str) -> tuple[Paragraph, ...]:
    """Return the instructions for requesting a review (434/2003 46-47 §), in order, in the letter's language.

    Raises:
        RuleError: no letter can be written in the language.
    """
    told = words.letter(lang)["review"]
    labels, contact = told["labels"], where._asdict()
    return (
        Paragraph(labels["counted"], (found.counted(lang),)),
        Paragraph(labels["to"], (where.to,)),
        Paragraph(labels["where"], tuple(line.format(**contact) for line in told["where"])),
        Paragraph(labels["content"], (), tuple(told["content"]), (told["content_more"],)),
        Paragraph(labels["attachments"], (told["attachments"],)),
        Paragraph(labels["how"], (told["how"],)),
        Paragraph(labels["help"], (where.help,)),
        Paragraph(labels["provisions"], (told["provisions"][found.way],)),
    )
