"""The draft of a contact: saved by itself, never lost, never silently overwritten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from polku.access.models import Actor
from polku.access.permissions import require
from polku.acting import action
from polku.asking import Question, value
from polku.contacts import policy as _policy  # noqa: F401 - declares who may
from polku.contacts.models import Contact, ContactText, Draft, StaleDraft
from polku.contacts.moves import to_write
from polku.contacts.states import TextKind
from polku.kit.errors import Invalid
from polku.storing import insert

LONGEST = 50_000
# Longer than an autosave is on its way.
OWN_AUTOSAVE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save led to.

    `version` is what the next save must name. When `stale`, the text was based on an older version: it is kept in
    `kept`, and `draft` is what somebody else (or another tab) had saved meanwhile. Both are shown side by side.
    `overtaken`: the same writer has saved later than this was sent; what stands is newer, and this tells nothing.
    """

    version: int
    saved_at: datetime
    draft: Draft
    kept: StaleDraft | None = None
    overtaken: bool = False

    @property
    def stale(self) -> bool:
        """Whether the text was kept beside the stored one instead of in its place."""
        return self.kept is not None


_OF_CONTACT = Question(lambda: Draft.objects.select_related("saved_by").filter(contact=value("contact")))


@action
def save(
    *,
    contact: Contact,
    version: int,
    said: str,
    by: Actor,
    at: datetime,
    fields: dict[str, Any] | None = None,
    pressed: bool = False,
) -> Saved:
    """Save what stands in the form (autosave; called every few seconds).

    A button pressed while the autosave of the same page is on its way is no second writer. Whichever of the two comes
    first, the text of the later one stands.

    Args:
        version: the version that the text is based on.
        said: what was said, as typed.
        fields: everything else in the form as typed, valid or not.
        at: when the text was sent.
        pressed: a button sent it, no autosave.

    Raises:
        NotAllowed; Conflict when the contact is closed; Invalid when the text is too long.
    """
    to_write(contact, by=by, at=at)
    said = plain(said, field="said")
    # Under the contact's lock: an autosave that came first has ended, and what it saved is seen.
    based = Q(version=version)
    if pressed:
        based |= Q(version=version + 1, saved_by=by, saved_at__gt=at - OWN_AUTOSAVE)
    moved = Draft.objects.filter(based, contact=contact).update(
        version=F("version") + 1, said=said, fields=fields or {}, saved_at=at, saved_by=by
    )
    (draft,) = _OF_CONTACT(contact=contact.pk)
    if not moved and draft.saved_by_id == by.pk and draft.saved_at > at:
        return Saved(version=draft.version, saved_at=draft.saved_at, draft=draft, overtaken=True)
    if moved or (draft.said == said and draft.fields == (fields or {})):
        return Saved(version=draft.version, saved_at=draft.saved_at, draft=draft)
    kept = _keep_beside(contact, version, said, fields or {}, by=by, at=at)
    return Saved(version=draft.version, saved_at=at, draft=draft, kept=kept)


def _keep_beside(
    contact: Contact, version: int, said: str, fields: dict[str, Any], *, by: Actor, at: datetime
) -> StaleDraft:
    """Keep a stale text; the same writer's next try on the same old version replaces their own earlier try."""
    made, _new = StaleDraft.objects.update_or_create(
        contact=contact,
        based_on=version,
        saved_by=by,
        settled_at=None,
        defaults={"said": said, "fields": fields, "saved_at": at},
    )
    return made


@action
def settle(*, stale: StaleDraft, by: Actor, at: datetime) -> None:
    """Say that a text kept aside has been joined into the draft or is not needed; the row stays."""
    require(by, "contacts.write", stale.contact, at=at)
    StaleDraft.objects.filter(pk=stale.pk, settled_at__isnull=True).update(settled_at=at)


def _with_last_kept() -> QuerySet[Draft]:
    texts = ContactText.objects.filter(contact=OuterRef("contact"), kind=TextKind.SAID).order_by("-version")
    rows = Draft.objects.filter(contact=value("contact"))
    return rows.annotate(last=Subquery(texts.values("version")[:1]), kept=Subquery(texts.values("text")[:1]))


_WITH_LAST_KEPT: Question[Any] = Question(_with_last_kept)


@action
def keep(*, contact: Contact, by: Actor, at: datetime, source: str = "") -> ContactText | None:
    """Make the draft's text a kept version of what was said, when it differs from the last kept one.

    Called by every action that lets the contact out of the writer's hands. Needs the contact's row locked.
    """
    draft = _WITH_LAST_KEPT.first(contact=contact.pk)
    if draft is None or not draft.said.strip() or draft.kept == draft.said:
        return None
    return write_text(
        contact=contact, kind=TextKind.SAID, text=draft.said, by=by, at=at, source=source, last=draft.last or 0
    )


def write_text(
    *, contact: Contact, kind: str, text: str, by: Actor, at: datetime, source: str = "", last: int | None = None
) -> ContactText:
    """Write the next version of a kept text, with the author's name and title as they are now.

    Needs the contact's row locked, so that nobody else writes the same version; `last` saves asking for it.
    """
    if last is None:
        last = contact.texts.filter(kind=kind).aggregate(last=Max("version"))["last"] or 0
    row = ContactText(
        contact=contact,
        kind=kind,
        version=last + 1,
        text=text,
        language=contact.language,
        written_at=at,
        author=by,
        author_name=by.name,
        author_title=by.title_fi,
        source=source,
    )
    insert(row)
    return row


def plain(text: str, *, field: str) -> str:
    """Return a text as it can be stored: line ends as one character, no NUL.

    Raises:
        Invalid: the text is too long or holds a NUL character.
    """
    if "\x00" in text:
        raise Invalid("nul", _("The text has a character that cannot be stored (NUL)."), field=field)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > LONGEST:
        raise Invalid(
            "too_long",
            _("The text is too long: at most %(most)s characters.") % {"most": LONGEST},
            field=field,
            most=LONGEST,
        )
    return text
