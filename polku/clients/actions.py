"""Changing people: create, correct, reach, protect, merge and undo."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor, Municipality
from polku.access.permissions import require
from polku.access.queries import current
from polku.acting import action
from polku.asking import Question, value
from polku.audit import actions as audit
from polku.clients.models import Client, ClientName, ContactPoint, Merge, NameWord, ProtectedDetail, Residence
from polku.clients.states import DetailKind, PointKind, PreferredWay
from polku.kit import hetu, names, phone
from polku.kit.errors import Conflict, Invalid
from polku.kit.localtime import local_date
from polku.storing import insert, insert_all, store_waiting


@dataclass(frozen=True, slots=True)
class Person:
    """What is told of a person. Empty = not told; at least a name or a code is needed to make a client."""

    family_name: str = ""
    given_names: str = ""
    identity_code: str = ""
    birth_date: date | None = None
    phone: str = ""
    email: str = ""
    address: str = ""
    municipality: str = ""
    language: str = ""
    mother_tongue: str = ""
    interpreter_language: str = ""
    preferred_way: str = ""
    protected: bool | None = None
    temporary_id: str | None = field(default=None)


@action
def create(*, person: Person, by: Actor, at: datetime, key: str = "", fresh: bool = False) -> Client:
    """Make a client from what was told. A repeat with the same key gives the same client.

    Args:
        fresh: the key names something made in this transaction, and the municipality has been looked up in it.

    Raises:
        NotAllowed, Invalid (field named), Conflict `code_taken` when a client with this identity code exists.
    """
    require(by, "clients.create", at=at)
    if key and not fresh and (made := Client.objects.filter(created_by=by, key=key).first()):
        return made
    code, born = _identity(person, at=at)
    if not (person.family_name.strip() or person.given_names.strip() or code or person.temporary_id):
        raise Invalid("name_missing", _("Give at least a name or a personal identity code."), field="family_name")
    client = Client(
        hetu=code, temporary_id=person.temporary_id or None, birth_date=born, created_at=at, created_by=by, key=key,
        protected=bool(person.protected),
    )  # fmt: skip
    _set_plain(client, person)
    if (made := _saved(client)) is not client:
        return made
    _index_names(client, new=True)
    _reach(client, person, day=local_date(at), new=True, checked=fresh)
    audit.changed(by=by, at=at, what="client", subject=client.public_id, clients=[client.pk], purpose="create")
    return client


def _saved(client: Client) -> Client:
    """Save a new client; returns the one that the same request made a moment ago, if there is one.

    Raises:
        Conflict: another client has the identity code.
    """
    if insert(client, unless_there=True):
        return client
    same = Client.objects.filter(created_by=client.created_by, key=client.key).first() if client.key else None
    if same is not None:
        return same
    taken = Client.objects.filter(hetu=client.hetu).first() if client.hetu else None
    if taken is None:
        # Another unique column is taken: said by the database.
        client.save(force_insert=True)
        return client
    raise Conflict(
        "code_taken",
        _("There is already a client with this personal identity code."),
        field="identity_code",
        client=taken.public_id,
    )


@action
def update(*, client: Client, person: Person, by: Actor, at: datetime) -> Client:
    """Add to or correct what is known of a person; what is empty in `person` stays as it was.

    The caller has required its own right to the client (a contact in hand, a case). Old contact points and residences
    end on the day before; they are never overwritten. What was known already leaves no row in the log.
    """
    # Another part of the same form may have made the client and told the same.
    store_waiting()
    client = Client.objects.select_for_update(of=("self",), no_key=True).get(pk=client.pk)
    before = _columns(client)
    code, born = _identity(person, at=at)
    if code and client.hetu and code != client.hetu:
        raise Invalid(
            "code_differs", _("The client already has another personal identity code."), field="identity_code"
        )
    client.hetu = client.hetu or code
    client.birth_date = born or client.birth_date
    _set_plain(client, person)
    changed = [name for name, value in _columns(client).items() if value != before[name]]
    if changed:
        _save_changed(client, changed)
    if person.protected is not None and person.protected != client.protected:
        _set_protected(client, person.protected)
        changed.append("protected")
    if _reach(client, person, day=local_date(at)) or changed:
        audit.changed(by=by, at=at, what="client", subject=client.public_id, clients=[client.pk], purpose="update")
    return client


def _columns(client: Client) -> dict[str, object]:
    """The columns that an update may set."""
    return {name: getattr(client, name) for name in ("hetu", "birth_date", *_PLAIN)}


def _save_changed(client: Client, changed: list[str]) -> None:
    try:
        with transaction.atomic():
            client.save(update_fields=changed)
    except IntegrityError as error:
        raise Conflict(
            "code_taken", _("There is already a client with this personal identity code."), field="identity_code"
        ) from error
    if {"family_name", "given_names"} & set(changed):
        _index_names(client)


@action
def merge(*, client: Client, into: Client, reason: str, by: Actor, at: datetime) -> Merge:
    """Say that two rows are one person. No key is rewritten; everything of both is then seen as one person's.

    Raises:
        Conflict: either is already merged, or both have an identity code and they differ.
    """
    require(by, "clients.merge", at=at)
    if not reason.strip():
        raise Invalid("reason_missing", _("Write why these are the same person."), field="reason")
    rows = {
        c.pk: c
        for c in Client.objects.select_for_update(of=("self",)).filter(pk__in=(client.pk, into.pk)).order_by("pk")
    }
    one, other = rows[client.pk], rows[into.pk]
    if one.pk == other.pk or one.merged_into_id or other.merged_into_id or one.merged.exists():
        raise Conflict("already_merged", _("One of these is already joined with another. Undo that first."))
    if one.hetu and other.hetu:
        raise Conflict("codes_differ", _("Both have a personal identity code of their own: they are two people."))
    Client.objects.filter(pk=one.pk).update(merged_into=other)
    row = Merge.objects.create(client=one, into=other, reason=reason.strip(), made_at=at, made_by=by)
    audit.changed(by=by, at=at, what="client_merge", subject=one.public_id, clients=[one.pk, other.pk], purpose="merge")
    return row


@action
def undo_merge(*, client: Client, by: Actor, at: datetime) -> None:
    """Take a merge back: the two rows are two people again, each with what was recorded on it.

    Raises:
        Conflict: the row is not merged (any more).
    """
    require(by, "clients.merge", at=at)
    undone = Merge.objects.filter(client=client, undone_at__isnull=True).update(undone_at=at, undone_by=by)
    if not undone:
        raise Conflict("not_merged", _("These are not joined any more."))
    into = client.merged_into_id
    Client.objects.filter(pk=client.pk).update(merged_into=None)
    ids = [client.pk] + ([into] if into else [])
    audit.changed(by=by, at=at, what="client_merge", subject=client.public_id, clients=ids, purpose="undo_merge")


def _identity(person: Person, *, at: datetime) -> tuple[str | None, date | None]:
    """Return the identity code and birth date that were told, checked against each other and the day."""
    _checked(person)
    code: str | None = None
    born = person.birth_date
    if person.identity_code.strip():
        try:
            code = hetu.parse(person.identity_code)
        except ValueError as error:
            raise Invalid(
                "code_wrong",
                _("This is not a personal identity code. Check it, for example 010190-900P."),
                field="identity_code",
            ) from error
        if born is not None and born != hetu.born(code):
            raise Invalid("birth_date_differs", _("The birth date is not that of the code."), field="birth_date")
        born = hetu.born(code)
    if born is not None and not date(1880, 1, 1) <= born <= local_date(at):
        raise Invalid("birth_date_wrong", _("The birth date cannot be right: check the year."), field="birth_date")
    return code, born


_PLAIN = (
    "family_name", "given_names", "contact_language", "mother_tongue", "interpreter_language", "preferred_way",
)  # fmt: skip


def _set_plain(client: Client, person: Person) -> None:
    told = {
        "family_name": " ".join(person.family_name.split()),
        "given_names": " ".join(person.given_names.split()),
        "contact_language": person.language,
        "mother_tongue": person.mother_tongue,
        "interpreter_language": person.interpreter_language,
        "preferred_way": person.preferred_way,
    }
    for name, text in told.items():
        if text:
            setattr(client, name, text)


# What fits the columns; a longer text is refused, never cut.
_LIMITS = {
    "family_name": 100, "given_names": 100, "language": 3, "mother_tongue": 3, "interpreter_language": 3,
    "email": 200, "address": 200, "phone": 40, "identity_code": 20, "temporary_id": 40, "municipality": 3,
}  # fmt: skip


def _checked(person: Person) -> None:
    """Refuse texts that do not fit or cannot be kept, naming the field."""
    for name, limit in _LIMITS.items():
        value = getattr(person, name) or ""
        if "\x00" in value:
            raise Invalid("character", _("This has a character that cannot be kept. Write it again."), field=name)
        if len(value.strip()) > limit:
            raise Invalid("too_long", _("This is too long."), field=name)
    if person.preferred_way and person.preferred_way not in PreferredWay.values:
        raise Invalid("unknown", _("Choose one of the ways."), field="preferred_way")
    if person.email.strip():
        try:
            validate_email(person.email.strip())
        except ValidationError as error:
            raise Invalid("email_wrong", _("This is not an e-mail address."), field="email") from error


def _index_names(client: Client, *, new: bool = False) -> None:
    """Let the client be found by the words of their names; words shared by many people are one row."""
    # Sorted, so that two writers of the same new words never wait for each other crosswise.
    wanted = sorted({word[:100] for word in names.words(client.family_name, client.given_names)})
    known = _WORDS(words=wanted)
    if len(known) < len(wanted):
        NameWord.objects.bulk_create([NameWord(word=word) for word in wanted], ignore_conflicts=True)
        known = _WORDS(words=wanted)
    rows = [ClientName(client=client, word_id=pk) for (pk,) in known]
    if new:
        insert_all(rows)
        return
    ClientName.objects.filter(client=client).exclude(word_id__in=[pk for (pk,) in known]).delete()
    ClientName.objects.bulk_create(rows, ignore_conflicts=True)


_WORDS = Question(lambda: NameWord.objects.filter(word__any_of=value("words")).values_list("pk"))


def _reach(client: Client, person: Person, *, day: date, new: bool = False, checked: bool = False) -> bool:
    """Keep the contact points and the municipality that were told, in the protected table when they must be.

    Returns whether anything was new; `new` = the client was made in this transaction, so nothing is known yet,
    `checked` = there is such a municipality.
    """
    told = _told_points(person)
    place = person.municipality if checked else _municipality(person.municipality)
    if not told and not place:
        return False
    if client.protected:
        return _keep_protected(client, told, place, day)
    if told and not new:
        rows = ContactPoint.objects.filter(current(day), client=client).values_list("kind", "value")
        there = set(rows)
        told = [point for point in told if point not in there]
    if told:
        insert_all([ContactPoint(client=client, kind=kind, value=value, valid_from=day) for kind, value in told])
    return (_keep_home(client, place, day, new=new) if place else False) or bool(told)


def _told_points(person: Person) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    if person.phone.strip():
        try:
            told.append((PointKind.PHONE.value, phone.parse(person.phone)))
        except ValueError as error:
            raise Invalid(
                "phone_wrong", _("This is not a phone number. Write for example 040 123 4567."), field="phone"
            ) from error
    if person.email.strip():
        told.append((PointKind.EMAIL.value, person.email.strip()))
    if person.address.strip():
        told.append((PointKind.ADDRESS.value, person.address.strip()))
    return told


def _municipality(code: str) -> str:
    if code and not Municipality.objects.filter(pk=code).exists():
        raise Invalid("municipality_unknown", _("There is no such municipality."), field="municipality")
    return code


def _keep_protected(client: Client, told: list[tuple[str, str]], place: str, day: date) -> bool:
    rows = ProtectedDetail.objects.filter(current(day), client=client)
    there = set(rows.values_list("kind", "value"))
    if place:
        told = [*told, (DetailKind.MUNICIPALITY.value, place)]
    new = [(kind, value) for kind, value in told if (kind, value) not in there]
    if (DetailKind.MUNICIPALITY.value, place) in new:
        rows.filter(kind=DetailKind.MUNICIPALITY).delete()
    ProtectedDetail.objects.bulk_create(
        [ProtectedDetail(client=client, kind=kind, value=value, valid_from=day) for kind, value in new]
    )
    return bool(new)


def _keep_home(client: Client, code: str, day: date, *, new: bool) -> bool:
    """Keep the municipality of residence from a day on; the former one ends on the day before."""
    homes = Residence.objects.filter(current(day), client=client)
    if not new:
        if homes.filter(municipality_id=code).exists():
            return False
        Residence.objects.filter(client=client, valid_from=day).delete()
        homes.update(valid_until=date.fromordinal(day.toordinal() - 1))
    insert(Residence(client=client, municipality_id=code, valid_from=day))
    return True


def _set_protected(client: Client, protected: bool) -> None:
    """Move the details behind the ban on disclosure, or back when it has ended."""
    Client.objects.filter(pk=client.pk).update(protected=protected)
    client.protected = protected
    if protected:
        _hide(client)
    else:
        _show(client)


def _hide(client: Client) -> None:
    """Move every detail behind the ban."""
    points, homes = ContactPoint.objects.filter(client=client), Residence.objects.filter(client=client)
    told = [(row.kind, row.value, row.valid_from, row.valid_until) for row in points]
    told += [(DetailKind.MUNICIPALITY, row.municipality_id, row.valid_from, row.valid_until) for row in homes]
    ProtectedDetail.objects.bulk_create(
        [
            ProtectedDetail(client=client, kind=kind, value=value, valid_from=first, valid_until=last)
            for kind, value, first, last in told
        ]
    )
    points.delete()
    homes.delete()


def _show(client: Client) -> None:
    """Move every detail back."""
    kept = ProtectedDetail.objects.filter(client=client)
    for row in kept:
        if row.kind == DetailKind.MUNICIPALITY:
            place = {"municipality_id": row.value, "valid_until": row.valid_until}
            Residence.objects.update_or_create(client=client, valid_from=row.valid_from, defaults=place)
        else:
            same = {"client": client, "kind": row.kind, "value": row.value, "valid_from": row.valid_from}
            ContactPoint.objects.get_or_create(**same, defaults={"valid_until": row.valid_until})
    kept.delete()
