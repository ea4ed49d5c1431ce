"""Addresses of the stage."""

from django.urls import path

from polku.appointments.views import attending, calendars, days, feeds, free, linked, lists, managing, moving

app_name = "appointments"

urlpatterns = [
    path("", free.free, name="free"),
    path("times/", free.times, name="times"),
    path("hold/", free.hold, name="hold"),
    path("missing/", lists.missing, name="missing"),
    path("waiting/", lists.waiting, name="waiting"),
    path("day/", days.day, name="day"),
    path("week/", days.week, name="week"),
    path("calendars/", calendars.index, name="calendars"),
    path("calendars/<str:public_id>/", calendars.calendar, name="calendar"),
    path("calendars/<str:public_id>/opening/", calendars.add_opening, name="add_opening"),
    path("calendars/<str:public_id>/opening/<str:opening_id>/end/", calendars.end_opening, name="end_opening"),
    path("calendars/<str:public_id>/absence/", calendars.add_absence, name="add_absence"),
    path("calendars/<str:public_id>/absence/<str:absence_id>/remove/", calendars.remove_absence, name="remove_absence"),
    path("calendars/<str:public_id>/busy/", calendars.add_busy, name="add_busy"),
    path("calendars/<str:public_id>/busy/<str:source_id>/remove/", calendars.remove_busy, name="remove_busy"),
    path("feed/", feeds.new, name="new_feed"),
    path("feed/end/", feeds.end, name="end_feed"),
    path("feed/<str:token>.ics", feeds.feed, name="feed"),
    path("settings/", managing.index, name="settings"),
    path("settings/kinds/<slug:key>/", managing.kind, name="kind"),
    path("settings/rules/", managing.add_rule, name="add_rule"),
    path("settings/rules/<int:rule_id>/end/", managing.end_rule, name="end_rule"),
    path("settings/rooms/", managing.add_room, name="add_room"),
    path("t/<str:token>/", linked.link, name="link"),
    path("t/<str:token>/move/", linked.move, name="link_move"),
    path("t/<str:token>/cancel/", linked.cancel, name="link_cancel"),
    path("t/<str:token>/earlier/", linked.earlier, name="link_earlier"),
    path("t/<str:token>/offer/", linked.answer, name="link_answer"),
    path("<str:public_id>/", attending.appointment, name="appointment"),
    path("<str:public_id>/confirm/", free.confirm, name="confirm"),
    path("<str:public_id>/tell/", free.tell, name="tell"),
    path("<str:public_id>/release/", free.release, name="release"),
    path("<str:public_id>/mark/", attending.mark, name="mark"),
    path("<str:public_id>/put-right/", attending.put_right, name="put_right"),
    path("<str:public_id>/cancel/", moving.cancel, name="cancel"),
    path("<str:public_id>/move/", moving.move, name="move"),
    path("<str:public_id>/waiting/", moving.join, name="join"),
    path("<str:public_id>/waiting/leave/", moving.leave, name="leave"),
    path("<str:public_id>/participants/", moving.participant, name="participant"),
]
