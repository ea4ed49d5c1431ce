"""Changing appointments and calendars. One verb, one function, one transaction; keyword-only."""

from polku.appointments.actions.attendance import arrive, done, no_show, put_right
from polku.appointments.actions.booking import cancel, confirm, move, tell
from polku.appointments.actions.claiming import workers_of
from polku.appointments.actions.groups import join_group, leave_group, mark_participant
from polku.appointments.actions.holding import expire, hold, release
from polku.appointments.actions.waiting import decline, join, leave, offer, pass_on_lapsed

__all__ = [
    "arrive",
    "cancel",
    "confirm",
    "decline",
    "done",
    "expire",
    "hold",
    "join",
    "join_group",
    "leave",
    "leave_group",
    "mark_participant",
    "move",
    "no_show",
    "offer",
    "pass_on_lapsed",
    "put_right",
    "release",
    "tell",
    "workers_of",
]
