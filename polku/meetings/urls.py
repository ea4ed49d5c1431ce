"""Addresses of the stage."""

from django.urls import path

from polku.meetings.views import groups, items, lists, minutes, proposals, running, weighing

app_name = "meetings"

urlpatterns = [
    path("", lists.index, name="list"),
    path("plan/", lists.plan, name="plan"),
    path("groups/<slug:key>/", groups.group, name="group"),
    path("groups/<slug:key>/appoint/", groups.appoint, name="appoint"),
    path("groups/<slug:key>/members/<int:number>/end/", groups.dismiss, name="dismiss"),
    path("groups/<slug:key>/decider/", groups.decider, name="decider"),
    path("propose/<str:case_id>/", proposals.propose, name="propose"),
    path("items/<str:item_id>/", items.item, name="item"),
    path("items/<str:item_id>/change/", items.change, name="change_item"),
    path("items/<str:item_id>/off/", items.take_off, name="take_off"),
    path("items/<str:item_id>/order/", items.order, name="order"),
    path("items/<str:item_id>/next/", items.move_on, name="move_on"),
    path("items/<str:item_id>/open/", items.open_item, name="open"),
    path("items/<str:item_id>/minutes/", items.add_minutes, name="add_minutes"),
    path("items/<str:item_id>/disqualify/", items.disqualify, name="disqualify"),
    path("items/<str:item_id>/disqualified/<int:number>/", items.requalify, name="requalify"),
    path("items/<str:item_id>/criteria/<str:criterion>/", weighing.weigh, name="weigh"),
    path("items/<str:item_id>/position/", weighing.position, name="position"),
    path("items/<str:item_id>/back/", weighing.take_back, name="take_back"),
    path("minutes/<str:minutes_id>/", minutes.minutes, name="minutes"),
    path("minutes/<str:minutes_id>/check/", minutes.check, name="check_minutes"),
    path("minutes/<str:minutes_id>/correct/", minutes.correct, name="correct_minutes"),
    path("<str:public_id>/", running.meeting, name="page"),
    path("<str:public_id>/now/", running.now, name="now"),
    path("<str:public_id>/begin/", running.begin, name="begin"),
    path("<str:public_id>/break/", running.pause, name="break"),
    path("<str:public_id>/go-on/", running.go_on, name="go_on"),
    path("<str:public_id>/remedy/", running.remedy, name="remedy"),
    path("<str:public_id>/end/", running.end, name="end"),
    path("<str:public_id>/attendance/", running.attending, name="attendance"),
    path("<str:public_id>/attendance/<str:actor_id>/", running.attend, name="attend"),
    path("<str:public_id>/lead/", running.lead, name="lead"),
    path("<str:public_id>/time/", lists.change_time, name="change_time"),
    path("<str:public_id>/cancel/", lists.cancel, name="cancel"),
]
