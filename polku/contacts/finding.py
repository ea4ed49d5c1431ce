"""Finding contacts by words of what was said or answered in them.

A word is found in every form, and as the beginning of a longer one: `vuokra` finds `vuokrasta` and `vuokravelka`. Only
what stands now is searched: not a version that has been corrected, not a draft. The right is that of reading
(`contacts.read`); who may see which contact is weighed as numbers, and what is shown is read behind the fence.
Law: only what the task requires (703/2023 9 §); every search is logged (10 §).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from polku.access.models import Actor
from polku.access.permissions import visible_to
from polku.acting import beyond
from polku.contacts import policy as _policy  # noqa: F401 - declares who may
from polku.contacts.models import Contact
from polku.contacts.states import ContactState

BATCHES = (1000, 4000, 15_000)
"""Hits of the county that are looked at, the newest first: so many, then so many more while the reader's page is not
full. Whoever may see few among very many still finds them; beyond the last, another word is asked for."""
PAGE = 20
_WORDS = 8
_LONGEST = 60
# What is shorter is no beginning: too much would begin with it.
_BEGINS = 3
# Around a hit in a text; in no text, since both are taken out of it first.
_OPENS, _CLOSES = "\ue000", "\ue001"
_WEEKS4 = 28 * 86_400
# How far back the newest hits are looked for at once, in four weeks; the last goes back to the beginning.
_STEPS = (1, 3, 9, 27)
# Later than anything that was ever written.
_END = datetime(9000, 1, 1, tzinfo=UTC)

# Step by step back in time, until there are enough: `LIMIT` ends the going back. What is no word in any language asks
# for nothing, and would find all texts of a time.
_HITS = """
WITH hits AS MATERIALIZED (
    SELECT t.* FROM unnest(%(weeks)s::text[], %(until)s::timestamptz[]) AS step (weeks, until), LATERAL (
        SELECT x.contact_id, x.kind, x.version, x.written_at, x.id FROM contacts_contacttext x
        WHERE polku_words(x.written_at, x.language, x.text) @@ (step.weeks::tsquery && polku_sought(%(typed)s))
          AND numnode(polku_sought(%(typed)s)) > 0
          AND (x.written_at, x.id) < (least(step.until, %(at)s), %(id)s)
        ORDER BY x.written_at DESC, x.id DESC
    ) t LIMIT %(most)s
)
SELECT count(*), numnode(polku_sought(%(typed)s)) > 0, array_agg(DISTINCT h.contact_id) FILTER (WHERE h.version = (
    SELECT max(n.version) FROM contacts_contacttext n WHERE n.contact_id = h.contact_id AND n.kind = h.kind)),
    (array_agg(h.written_at ORDER BY h.written_at, h.id))[1], (array_agg(h.id ORDER BY h.written_at, h.id))[1]
FROM hits h
"""
_SHOWN = """
SELECT DISTINCT ON (t.contact_id) t.contact_id,
       ts_headline(polku_endings(t.language), translate(t.text, %(marks)s, ''), polku_sought(%(typed)s), %(how)s)
FROM contacts_contacttext t
WHERE t.contact_id = ANY (%(contacts)s) AND polku_words(t.written_at, t.language, t.text) @@ polku_sought(%(typed)s)
  AND t.version = (
      SELECT max(n.version) FROM contacts_contacttext n WHERE n.contact_id = t.contact_id AND n.kind = t.kind)
ORDER BY t.contact_id, t.kind DESC
"""
_HOW = (
    f'StartSel="{_OPENS}", StopSel="{_CLOSES}", MaxFragments=2, MaxWords=20, MinWords=8, FragmentDelimiter=" \u2026 "'
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A contact with what was said in it: pieces of text, each a hit or between hits."""

    contact: Contact
    said: list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of contacts, the newest first. `count` is of all pages, among the hits that were looked at.

    `words`: empty when nothing that was typed is a word. `many`: the county has more hits than the newest `looked_at`,
    among which the page was filled or which are the most that are looked at. `after`: the public id to go on from,
    empty on the last page.
    """

    words: list[str] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    count: int = 0
    many: bool = False
    looked_at: int = 0
    after: str = ""


@dataclass(slots=True)
class _Own:
    """What the reader may see of the hits that were looked at: contacts by id and public id, the newest first."""

    rows: list[tuple[int, str]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    sought: bool = False
    many: bool = False
    looked_at: int = 0

    def starts(self, after: str) -> int | None:
        """Return the place of the page that comes after a contact; None where the contact has not been met."""
        names = (place + 1 for place, (_pk, name) in enumerate(self.rows) if name == after)
        return next(names, None) if after else 0

    def fill(self, after: str) -> bool:
        """Tell whether there is a whole page after a contact, and one more to go on to."""
        start = self.starts(after)
        return start is not None and len(self.rows) > start + PAGE


def words(text: str) -> list[str]:
    """Return the words of what was typed: letters and digits only, at most eight."""
    return list(dict.fromkeys(word[:_LONGEST] for word in re.findall(r"[^\W_]+", text.lower())))[:_WORDS]


def find(text: str, *, by: Actor, at: datetime, after: str = "") -> Found:
    """Return the contacts that hold every word of a text and that the actor may read.

    Seven queries where the newest thousand hits fill the page or are all; two for each further batch of hits.

    Args:
        after: `after` of the page before.
    """
    wanted = words(text)
    if not wanted:
        return Found()
    own = _mine(wanted, by=by, at=at, after=after)
    if not own.sought:
        return Found()
    start = own.starts(after) or 0
    page = own.rows[start : start + PAGE]
    hits = _shown([pk for pk, _name in page], _typed(wanted, begins=True))
    on = page[-1][1] if start + PAGE < len(own.rows) else ""
    return Found(wanted, hits, len(own.rows), own.many, own.looked_at, on)


@beyond(
    "which contacts hold a word is weighed as numbers, by the reader's rules; what is shown is read behind the fence"
)
def _mine(wanted: Sequence[str], *, by: Actor, at: datetime, after: str) -> _Own:
    """Return what the reader may see of the newest hits, batch by batch until the page is full.

    Longer words are asked for when the words themselves are not enough: the index finds a word among very many texts
    at once, and has to put together all that begin with it.
    """
    own = _Own()
    ways = list(dict.fromkeys((_typed(wanted), _typed(wanted, begins=True))))
    sizes, kept = list(BATCHES), []
    for typed in ways:
        own.looked_at, last = 0, None
        for turn, most in enumerate(sizes):
            batch = _holding(typed, at, most, last)
            own.sought, own.many, last = batch.sought, batch.hits >= most, batch.last
            own.looked_at += batch.hits
            kept += batch.contacts
            if not own.many and typed != ways[-1]:
                # Sorted together with those of the longer words, of which at least as many are looked at.
                sizes = [sum(sizes[: turn + 1]), *sizes[turn + 1 :]]
                break
            _weigh(own, kept, by=by, at=at)
            kept = []
            if not own.many or own.fill(after):
                return own
        if own.many:
            return own
    return own


def _weigh(own: _Own, contacts: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Add the contacts that the reader may see, the newest first; a batch comes after those before it."""
    new = set(contacts) - own.seen
    if not new:
        return
    own.seen |= new
    rows = visible_to(by, "contacts.read", Contact.objects.exclude(state=ContactState.DISCARDED), at=at)
    mine = rows.filter(pk__any_of=list(new)).order_by("-received_at", "-id")
    own.rows += mine.values_list("pk", "public_id")


def _typed(wanted: Sequence[str], *, begins: bool = False) -> str:
    """Return words as PostgreSQL reads them: all of them, whole or as beginnings."""
    return " & ".join(f"{word}:*" if begins and len(word) >= _BEGINS else word for word in wanted)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Hits that follow each other: how many, whether a word was sought at all, their contacts, and the oldest hit."""

    hits: int
    sought: bool
    contacts: list[int]
    last: tuple[datetime, int] | None


def _holding(typed: str, at: datetime, most: int, after: tuple[datetime, int] | None) -> _Batch:
    """Return the newest hits, or those after a hit, with their contacts."""
    before, pk = after or (_END, 0)
    weeks, until = _steps(after[0] if after else at)
    facts: dict[str, Any] = {"typed": typed, "most": most, "weeks": weeks, "until": until, "at": before, "id": pk}
    with connection.cursor() as cursor:
        cursor.execute(_HITS, facts)
        hits, sought, contacts, written_at, last = cursor.fetchone()
    return _Batch(hits, sought, contacts or [], (written_at, last) if last else None)


def _steps(at: datetime) -> tuple[list[str], list[datetime]]:
    """Return, for each step back, its weeks as words of a query (none: all) and the moment before which it looks."""
    now = int(at.timestamp()) // _WEEKS4 + 1
    weeks, until, begin = [], [], now
    for length in _STEPS:
        weeks.append(" | ".join(f"'#{number}'" for number in range(begin, begin - length, -1)))
        until.append(begin + 1)
        begin -= length
    return [*weeks, ""], [datetime.fromtimestamp(number * _WEEKS4, tz=at.tzinfo) for number in (*until, begin + 1)]


def _shown(contacts: Sequence[int], typed: str) -> list[Hit]:
    """Return the contacts of a page with what was said in them, in their order."""
    if not contacts:
        return []
    facts: dict[str, Any] = {"contacts": list(contacts), "typed": typed, "how": _HOW, "marks": _OPENS + _CLOSES}
    with connection.cursor() as cursor:
        cursor.execute(_SHOWN, facts)
        said = dict(cursor.fetchall())
    rows = Contact.objects.select_related("unit").in_bulk(list(contacts))
    return [Hit(rows[pk], _pieces(said[pk])) for pk in contacts if pk in rows and pk in said]


def _pieces(text: str) -> list[tuple[str, bool]]:
    """Return a text as pieces, hits apart: `[("Ei ", False), ("vuokraa", True), (".", False)]`."""
    pieces = []
    for number, part in enumerate(text.split(_OPENS)):
        hit, closes, rest = part.partition(_CLOSES)
        if number and closes:
            pieces += [(hit, True), (rest, False)]
        else:
            pieces.append((part, False))
    return [piece for piece in pieces if piece[0]]
