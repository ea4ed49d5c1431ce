"""Closed lists of the meeting stage, and the ways between its states."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MemberRole(models.TextChoices):
    """A part in a meeting: a member's in the series, or that of whoever comes to present an item."""

    CHAIR = "chair", _("Chair")
    VICE_CHAIR = "vice_chair", _("Vice chair")
    LEADING = "leading", _("Leading social worker")
    MEMBER = "member", _("Member")
    SECRETARY = "secretary", _("Secretary")
    PRESENTER = "presenter", _("Presents an item")


# Who may lead a meeting or an item of it, and who may run it: open items, write down positions, end it.
CHAIRS = (MemberRole.CHAIR, MemberRole.VICE_CHAIR, MemberRole.LEADING)
RUNNERS = (*CHAIRS, MemberRole.SECRETARY)


class MeetingState(models.TextChoices):
    """Where a meeting is."""

    PLANNED = "planned", _("Planned")
    RUNNING = "running", pgettext_lazy("meeting", "Under way")
    PAUSED = "paused", _("Having a break")
    ENDED = "ended", pgettext_lazy("meeting", "Ended")
    CANCELLED = "cancelled", pgettext_lazy("meeting", "Cancelled")


TRANSITIONS: dict[MeetingState, tuple[MeetingState, ...]] = {
    MeetingState.PLANNED: (MeetingState.RUNNING, MeetingState.CANCELLED),
    MeetingState.RUNNING: (MeetingState.PAUSED, MeetingState.ENDED),
    MeetingState.PAUSED: (MeetingState.RUNNING, MeetingState.ENDED),
    MeetingState.ENDED: (),
    MeetingState.CANCELLED: (),
}
UNDER_WAY = (MeetingState.RUNNING, MeetingState.PAUSED)


class ItemState(models.TextChoices):
    """Where an item of an agenda is."""

    WAITING = "waiting", _("Waiting")
    OPEN = "open", _("Being handled")
    DONE = "done", _("Handled")
    MOVED = "moved", pgettext_lazy("item", "Moved")
    TAKEN_OFF = "taken_off", _("Taken off the agenda")


ITEM_TRANSITIONS: dict[ItemState, tuple[ItemState, ...]] = {
    ItemState.WAITING: (ItemState.OPEN, ItemState.MOVED, ItemState.TAKEN_OFF),
    # Back to waiting: another item is opened before this one has its outcome.
    ItemState.OPEN: (ItemState.WAITING, ItemState.DONE, ItemState.MOVED),
    # A position recorded by mistake is taken back while the meeting goes on.
    ItemState.DONE: (ItemState.OPEN,),
    ItemState.MOVED: (),
    ItemState.TAKEN_OFF: (),
}


class Basis(models.TextChoices):
    """Why a client is on the agenda."""

    NEW = "new", _("New")
    CHANGED = "changed", _("Changed need")
    CARRIED = "carried", _("Moved from the last meeting")


class Outcome(models.TextChoices):
    """The group's position on an item: equal alternatives, none of them the usual one."""

    GRANTED = "granted", _("To be granted")
    REFUSED = "refused", _("Not to be granted")
    RETURNED = "returned", _("Returned for more")
    MOVED = "moved", _("To be moved")


class Fulfilled(models.TextChoices):
    """How a criterion is fulfilled."""

    YES = "yes", _("Yes")
    PARTLY = "partly", _("In part")
    NO = "no", _("No")
    NOT_KNOWN = "not_known", pgettext_lazy("criterion", "Not known")


class Ground(models.TextChoices):
    """Grounds of disqualification (esteellisyys, 434/2003 28 §)."""

    PARTY = "party", _("Is a party, or a party's near one (28.1 § 1)")
    REPRESENTS = "represents", _("Assists or represents a party (28.1 § 2)")
    BENEFIT = "benefit", _("The decision is to bring particular benefit or harm (28.1 § 3)")
    SERVICE = "service", _("Is in the service of a party (28.1 § 4)")
    BOARD = "board", _("Sits in a body of a party (28.1 § 5)")
    GUIDES = "guides", _("Guides or supervises the authority of the matter (28.1 § 6)")
    OTHER = "other", _("Trust in impartiality is at risk for another reason (28.1 § 7)")
