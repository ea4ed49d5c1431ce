"""What the register's pages show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from polku.access.models import Actor, Membership, Source
from polku.access.queries import current
from polku.access.states import ActorKind
from polku.desk.register.forms import SCOPES, AnewForm
from polku.kit.localtime import local_date

PAGE = 50


def workers(asked: QueryDict, *, at: datetime) -> dict[str, Any]:
    """Return the page of workers after a name, in order of name, with their present posts."""
    name, after = asked.get("q", "").strip()[:100], asked.get("after", "")
    rows = Actor.objects.filter(kind=ActorKind.STAFF, account__isnull=False).select_related("account")
    if name:
        rows = rows.filter(Q(name__icontains=name) | Q(account__username__icontains=name))
    last = Actor.objects.filter(public_id=after).first() if after else None
    if last is not None:
        rows = rows.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    found = list(rows.order_by("name", "pk")[: PAGE + 1])
    posts = Membership.objects.filter(current(local_date(at)), actor__in=found[:PAGE]).select_related("unit")
    held: dict[int, list[Membership]] = {}
    for post in posts.order_by("valid_from", "pk"):
        held.setdefault(post.actor_id, []).append(post)
    return {
        "title": _("Keep the register of users"),
        "q": name,
        "rows": [(person, held.get(person.pk, [])) for person in found[:PAGE]],
        "next": found[PAGE - 1].public_id if len(found) > PAGE else "",
    }


def worker(person: Actor, *, at: datetime) -> dict[str, Any]:
    """Return a worker's posts, running and ended."""
    day = local_date(at)
    posts = Membership.objects.filter(actor=person).select_related("unit").order_by("-valid_from", "-pk")
    rows = [(post, post.valid_until is None or post.valid_until >= day) for post in posts]
    return {"title": person.name, "person": person, "posts": rows, "anew": AnewForm(person=person)}


@dataclass(frozen=True, slots=True)
class Machine:
    """A system: whether it may come in now, and its rights in words, each with the name that the interface uses."""

    source: Source
    running: bool
    rights: list[tuple[str, str]]


def machines(*, at: datetime) -> list[Machine]:
    """Return the systems, those that may come in now first."""
    day = local_date(at)
    found = Source.objects.select_related("actor", "unit").order_by("actor__name", "pk")
    rows = [Machine(row, row.is_valid_on(day), [(str(SCOPES.get(s, s)), s) for s in row.scopes]) for row in found]
    return sorted(rows, key=lambda row: not row.running)
