"""Changing appointments and calendars. One verb, one function, one transaction; keyword-only."""

from polku.appointments.actions.attendance import arrive, done, no_show, put_right
from polku.appointments.actions.booking import cancel, confirm, move, tell
from polku.appointments.actions.calendars import (
    add_busy_source,
    add_opening,
    end_feed,
    end_opening,
    new_feed,
    note_problem,
    remove_busy_source,
    replace_busy_times,
)
from polku.appointments.actions.claiming import workers_of
from polku.appointments.actions.groups import join_group, leave_group, tell_participant
from polku.appointments.actions.holding import expire, hold, release
from polku.appointments.actions.restoring import restore, restore_seat
from polku.appointments.actions.roll import call_roll, mark_participant
from polku.appointments.actions.settings import add_rule, change_kind, end_rule, set_room
from polku.appointments.actions.waiting import decline, join, leave, offer, pass_on_lapsed

__all__ = [
    "add_busy_source",
    "add_opening",
    "add_rule",
    "arrive",
    "call_roll",
    "cancel",
    "change_kind",
    "confirm",
    "decline",
    "done",
    "end_feed",
    "end_opening",
    "end_rule",
    "expire",
    "hold",
    "join",
    "join_group",
    "leave",
    "leave_group",
    "mark_participant",
    "move",
    "new_feed",
    "no_show",
    "note_problem",
    "offer",
    "pass_on_lapsed",
    "put_right",
    "release",
    "remove_busy_source",
    "replace_busy_times",
    "restore",
    "restore_seat",
    "set_room",
    "tell",
    "tell_participant",
    "workers_of",
]
