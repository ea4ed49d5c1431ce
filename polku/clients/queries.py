"""Reading people: one person over merged rows, search, duplicates, and the one reader of protected details."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection
from django.db.models import BigIntegerField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from polku.access.queries import current
from polku.acting import beyond
from polku.asking import Question, value
from polku.clients.models import (
    Client,
    ClientName,
    ContactPoint,
    NameWord,
    PersonNumbers,
    ProtectedDetail,
    Residence,
)
from polku.clients.states import DetailKind
from polku.kit import hetu, names, phone
from polku.kit.localtime import local_date

# Below this two names are not a misspelling of each other (Virtanen - Virtonen 0.5, Virtanen - Laitinen 0.2).
_ALIKE = 0.35
_SHOWN = 50
_MOST_WORDS = 8


def root(client: Client) -> Client:
    """Return the row that stands for the person: the one merged into, else the row itself."""
    return client.merged_into or client


def same_person(client_ids: Iterable[int]) -> list[int]:
    """Return the ids of all rows of these people. Every query by client goes through this."""
    ids = list(client_ids)
    root = Coalesce("merged_into_id", "id", output_field=BigIntegerField())
    roots = PersonNumbers.objects.filter(pk__in=ids).annotate(root=root).values("root")
    standing = PersonNumbers.objects.filter(pk__in=roots).values_list("pk", flat=True)
    # Not one condition with OR: that would look at every row of the register.
    return sorted(standing.union(PersonNumbers.objects.filter(merged_into_id__in=roots).values_list("pk", flat=True)))


def people(rows: QuerySet[Client] | None = None) -> QuerySet[Client]:
    """Return only rows that stand for a person (not merged into another)."""
    return (rows if rows is not None else Client.objects.all()).filter(merged_into__isnull=True)


@dataclass(frozen=True, slots=True)
class Details:
    """How a person is reached and where they live; empty and `hidden` when the reader may not see them."""

    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    municipality: str = ""
    hidden: bool = False


def _of_clients(rows: QuerySet[Any], *columns: Any) -> QuerySet[Any, tuple[Any, ...]]:
    there = rows.filter(current(value("day")), client_id__any_of=value("clients"))
    return there.order_by("-valid_from", "id").values_list("client_id", *columns)


_POINTS = Question(lambda: _of_clients(ContactPoint.objects.all(), "kind", "value"))
_HOMES = Question(lambda: _of_clients(Residence.objects.all(), Value(DetailKind.MUNICIPALITY.value), "municipality_id"))
_PROTECTED = Question(lambda: _of_clients(ProtectedDetail.objects.all(), "kind", "value"))


def details(clients: Sequence[Client], *, day: date, protected: bool = False) -> dict[int, Details]:
    """Return the details of people on a day, by client id; three queries whatever their number.

    Args:
        clients: whose details.
        day: local day.
        protected: the caller has checked the right to see details under a ban on disclosure (661/2009 37 §) and logs
            the reading. Without it such a person's details come back hidden.
    """
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    ids = [client.pk for client in clients if not client.protected]
    kept = [client.pk for client in clients if client.protected] if protected else []
    for asked, of_kind in ((_POINTS, ids), (_HOMES, ids), (_PROTECTED, kept)):
        for client_id, kind, told in asked(clients=of_kind, day=day) if of_kind else ():
            found[client_id][kind].append(told)
    return {client.pk: _as_details(client, found[client.pk], protected) for client in clients}


def municipality(client: Client, *, day: date) -> str:
    """Return where a person lives on a day, by its code; empty when it is not known or is under a ban on disclosure."""
    homes = Residence.objects.filter(current(day), client=client).order_by("-valid_from")
    return homes.values_list("municipality_id", flat=True).first() or ""


def _as_details(client: Client, kinds: dict[str, list[str]], protected: bool) -> Details:
    if client.protected and not protected:
        return Details(hidden=True)
    return Details(
        phones=tuple(kinds[DetailKind.PHONE]),
        emails=tuple(kinds[DetailKind.EMAIL]),
        addresses=tuple(kinds[DetailKind.ADDRESS]),
        municipality=next(iter(kinds[DetailKind.MUNICIPALITY]), ""),
    )


def age(client: Client, *, day: date) -> int | None:
    """Return the person's age in whole years on a day; None when the birth date is not known.

    A person born on 29 February grows older on 1 March in a common year.
    """
    return years(client.birth_date, day=day)


def years(born: date | None, *, day: date) -> int | None:
    """Return the whole years from a birth date to a day, as `age` counts them."""
    if born is None or born > day:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


_BY_CODE = Question(lambda: Client.objects.filter(hetu=value("code")).select_related("merged_into"))
_BY_ID = Question(lambda: Client.objects.filter(pk__any_of=value("ids")).select_related("merged_into"))
# Each word of the names is compared with the thousands of distinct words, not with the people. Who has a word like
# each of those that were asked for, the most alike first.
_NAMED = """
WITH alike AS MATERIALIZED (
    SELECT sought.place, near.id, near.much
    FROM unnest(%(words)s::text[], %(begins)s::text[]) WITH ORDINALITY AS sought (word, begins, place), LATERAL (
        SELECT w.id, CASE WHEN w.word = sought.word THEN 1
                          WHEN w.word LIKE sought.begins THEN greatest(similarity(w.word, sought.word), 0.9)
                          ELSE similarity(w.word, sought.word) END AS much
        FROM clients_nameword w WHERE w.word %% sought.word OR w.word LIKE sought.begins
        ORDER BY similarity(w.word, sought.word) DESC, w.word LIMIT 60
    ) near
    WHERE near.much >= %(alike)s
)
SELECT n.client_id, sum(alike.much) FROM alike JOIN clients_clientname n ON n.word_id = alike.id {born}
GROUP BY n.client_id HAVING bit_or(1 << (alike.place - 1)::int) = (1 << cardinality(%(words)s::text[])) - 1
ORDER BY 2 DESC, n.client_id LIMIT %(most)s
"""
_OF_ALL = _NAMED.format(born="")
_BORN_ON = _NAMED.format(born="JOIN clients_client c ON c.id = n.client_id AND c.birth_date = %(born)s")


def by_code(code: str) -> Client | None:
    """Return the client with a personal identity code as it is stored, with whom they were merged into."""
    return _BY_CODE.first(code=code)


@dataclass(frozen=True, slots=True)
class Found:
    """People found, best first, and how: by `code`, `phone`, `name` or not at all (`nothing`)."""

    by: str
    clients: list[Client] = field(default_factory=list)
    more: bool = False


@beyond("a search looks in the whole register; what it shows of a stranger is a name, a birth year, a municipality")
def search(text: str, *, at: datetime, born: date | None = None, limit: int = _SHOWN) -> Found:
    """Find people by identity code (whole), phone number or name, allowing for misspelling.

    Protected people are not found by phone: a number would tell that its owner is a protected client.
    """
    text = text.replace("\x00", " ").strip()
    if hetu.looks_like(text):
        row = by_code(text.upper().replace(" ", ""))
        return Found("code", [root(row)] if row is not None else [])
    if sum(c.isdigit() for c in text) >= 6 and not any(c.isalpha() for c in text):
        return Found("phone", _by_phone(text, at=at, limit=limit))
    wanted = names.words(text)
    if not wanted:
        return Found("nothing")
    clients, more = _by_name(wanted, born=born, limit=limit)
    return Found("name", clients, more)


def _by_phone(text: str, *, at: datetime, limit: int) -> list[Client]:
    try:
        number = phone.parse(text)
    except ValueError:
        return []
    day = local_date(at)
    owners = ContactPoint.objects.filter(current(day), kind=DetailKind.PHONE, value=number).values("client_id")
    rows = Client.objects.filter(pk__in=owners).select_related("merged_into").order_by("sort_name", "id")[:limit]
    return list({root(row).pk: root(row) for row in rows}.values())


def _by_name(wanted: list[str], *, born: date | None, limit: int) -> tuple[list[Client], bool]:
    """Return the people with names like these, the most alike first, and whether there are more."""
    wanted = wanted[:_MOST_WORDS]
    begins = [re.sub(r"([\\%_])", r"\\\1", word) + "%" for word in wanted]
    facts: dict[str, Any] = {"words": wanted, "begins": begins, "alike": _ALIKE, "born": born, "most": 2 * limit + 1}
    with connection.cursor() as cursor:
        cursor.execute(_OF_ALL if born is None else _BORN_ON, facts)
        much = dict(cursor.fetchall())
    found = sorted(_BY_ID(ids=list(much)), key=lambda row: (-much[row.pk], row.sort_name, row.pk)) if much else []
    distinct = list({root(client).pk: root(client) for client in found}.values())
    return distinct[:limit], len(distinct) > limit


def _words_like(word: str) -> dict[int, float]:
    """Return name words equal to, beginning with or much like a word, with how much (1 = the word itself)."""
    rows = (
        NameWord.objects.filter(Q(word__trigram_similar=word) | Q(word__startswith=word))
        .annotate(alike=TrigramSimilarity("word", word))
        .order_by("-alike", "word")[:60]
    )
    return {
        row.pk: 1.0 if row.word == word else max(float(row.alike), 0.9 if row.word.startswith(word) else 0.0)
        for row in rows
        if row.alike >= _ALIKE or row.word.startswith(word)
    }


@beyond("whoever is already in the register is not made anew")
def possible_duplicates(
    *,
    family_name: str,
    given_names: str,
    birth_date: date | None,
    identity_code: str = "",
    limit: int = 5,
) -> list[Client]:
    """Return people who may be the same: same code, or a like name with nothing known that speaks against it.

    Of a person who was told by family name alone, or without a birth date, only what both have is compared.
    """
    if identity_code:
        same = list(people(Client.objects.filter(hetu=identity_code)))
        if same:
            return same
    wanted = names.words(family_name, given_names)
    if not wanted:
        return []
    clients, _ = _by_name(wanted[:4], born=birth_date, limit=limit)
    found = {client.pk: client for client in clients}
    if len(found) < limit:
        known = Q() if birth_date is None else Q(birth_date__isnull=True) | Q(birth_date=birth_date)
        exact = Q(family_name__iexact=family_name.strip(), given_names__iexact=given_names.strip())
        rows = people(Client.objects.filter(known & (exact | _lacking(family_name, given_names))))
        found |= {client.pk: client for client in rows.exclude(pk__in=found).order_by("id")[: limit - len(found)]}
    return list(found.values())


def _lacking(family_name: str, given_names: str) -> Q:
    """The condition that only one of the two names is known, and that it is like the one that was told."""
    lacks = Q(pk__in=[])
    for told, other in ((family_name, "given_names"), (given_names, "family_name")):
        alike = {pk for word in names.words(told)[:2] for pk in _words_like(word)}
        if alike:
            lacks |= Q(**{other: ""}, pk__in=ClientName.objects.filter(word_id__in=alike).values("client_id"))
    return lacks


@beyond("somebody is picked from what a search has shown")
def picked(public_id: str) -> Client | None:
    """Return the person whom somebody picked from a search's answer: the standing row of merged ones."""
    row = Client.objects.select_related("merged_into").filter(public_id=public_id).first()
    return root(row) if row is not None else None


def in_order(rows: QuerySet[Client]) -> QuerySet[Client]:
    """Return people in the Finnish alphabetical order (å ä ö last)."""
    return rows.order_by(F("sort_name"), "id")
