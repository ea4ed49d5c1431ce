"""A worker's own saved lists."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import permitted, require, visible_to
from polku.acting import action
from polku.asking import Question, value
from polku.audit import actions as audit
from polku.kit.errors import Invalid
from polku.triage import policy as _policy  # noqa: F401 - declares who may
from polku.triage.models import SavedFilter
from polku.triage.worklist import Filter

MOST = 20


def saved(by: Actor, *, at: datetime) -> list[SavedFilter]:
    """Return the actor's own saved lists, in their order."""
    return permitted(by, "triage.saved_filter", _own(actor=by.pk), at=at)


_own = Question(lambda: SavedFilter.objects.filter(actor=value("actor")).order_by("place", "id"))


@action
def save(*, name: str, chosen: Filter, by: Actor, at: datetime) -> SavedFilter:
    """Save a list under a name; the same name again replaces what it shows.

    Raises:
        NotAllowed; Invalid without a name, or when there are too many.
    """
    require(by, "triage.saved_filter", at=at)
    name = " ".join(name.split())
    if not name or len(name) > 80 or "\x00" in name:
        raise Invalid("name_wrong", _("Give the list a name of at most 80 characters."), field="name")
    own = SavedFilter.objects.filter(actor=by)
    if not own.filter(name=name).exists() and own.count() >= MOST:
        raise Invalid(
            "too_many", _("There are %(most)s saved lists already. Remove one first.") % {"most": MOST}, "name"
        )
    last: int | None = own.aggregate(last=Max("place"))["last"]
    row, _made = SavedFilter.objects.update_or_create(
        actor=by,
        name=name,
        defaults={"values": chosen.as_values()},
        create_defaults={"values": chosen.as_values(), "place": (last or 0) + 1, "created_at": at},
    )
    audit.changed(by=by, at=at, what="triage.filter_saved", subject=row.public_id)
    return row


@action
def remove(*, filter_: SavedFilter, by: Actor, at: datetime) -> None:
    """Remove a saved list of one's own; removing it twice is no error."""
    require(by, "triage.saved_filter", at=at)
    visible_to(by, "triage.saved_filter", SavedFilter.objects.filter(pk=filter_.pk), at=at).delete()
    audit.changed(by=by, at=at, what="triage.filter_removed", subject=filter_.public_id)
