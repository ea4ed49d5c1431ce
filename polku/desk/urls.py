"""Addresses of the staff pages that span stages; the desk has the front page."""

from django.urls import path

from polku.desk.call import caller_views, ending
from polku.desk.call import views as call
from polku.desk.dpo.urls import urlpatterns as dpo
from polku.desk.home import reopening
from polku.desk.home import views as home
from polku.desk.people import views as people
from polku.desk.records import views as records
from polku.desk.register.urls import urlpatterns as register
from polku.desk.worklist import views as worklist

app_name = "desk"

urlpatterns = [
    path("", home.home, name="home"),
    path("me/", home.me, name="me"),
    path("help/", home.help_, name="help"),
    path("alerts/", home.alerts, name="alerts"),
    path("messages/", home.undelivered, name="messages"),
    path("messages/<str:public_id>/again/", home.send_again, name="message_again"),
    path("messages/<str:public_id>/handed-over/", home.handed_over, name="message_handed_over"),
    path("team/<slug:key>/", home.team, name="team"),
    path("team/<slug:key>/reopen/", reopening.reopen, name="team_reopen"),
    path("search/", people.search, name="search"),
    path("emergency/", people.emergency, name="emergency"),
    path("person/<str:public_id>/", people.person, name="person"),
    path("person/<str:public_id>/edit/", people.edit, name="person_edit"),
    path("person/<str:public_id>/details/", people.protected_details, name="person_details"),
    path("person/<str:public_id>/relation/", people.add_relation, name="person_relation"),
    path("person/<str:public_id>/merge/", people.merge, name="person_merge"),
    path("person/<str:public_id>/merge/undo/", people.undo_merge, name="person_unmerge"),
    path("work/", worklist.list_, name="worklist"),
    path("work/take/", worklist.take, name="take"),
    path("work/take-next/", worklist.take_next, name="take_next"),
    path("work/hand-over/", worklist.hand_over, name="hand_over"),
    path("work/wait/", worklist.wait, name="wait"),
    path("work/release/", worklist.release, name="give_back"),
    path("work/keep/", worklist.keep_filter, name="keep_filter"),
    path("work/<str:public_id>/", worklist.item, name="item"),
    path("work/<str:public_id>/take/", worklist.take, name="take_one"),
    path("work/<str:public_id>/hand-over/", worklist.hand_over, name="hand_over_one"),
    path("work/<str:public_id>/wait/", worklist.wait, name="wait_one"),
    path("work/<str:public_id>/release/", worklist.release, name="release_one"),
    path("contact/<str:public_id>/", records.contact, name="contact"),
    path("contact/<str:public_id>/reopen/", records.reopen, name="reopen"),
    path("case/<str:public_id>/", records.case, name="case"),
    path("case/<str:public_id>/event/", records.event, name="case_event"),
    path("case/<str:public_id>/correct/<str:entry_id>/", records.correct, name="case_correct"),
    path("case/<str:public_id>/close/", records.close, name="case_close"),
    path("case/<str:public_id>/hand-over/", records.hand_over, name="case_hand_over"),
    path("case/<str:public_id>/worker/", records.own_worker, name="case_worker"),
    path("call-back/<str:public_id>/", records.call_back, name="call_back"),
    *dpo,
    *register,
    path("calls/", call.calls, name="calls"),
    path("calls/new/", call.start, name="start"),
    path("advice/", ending.advice, name="advice"),
    path("call/<str:public_id>/", call.call, name="call"),
    path("call/<str:public_id>/save/", call.save, name="save"),
    path("call/<str:public_id>/clocks/", call.clocks, name="clocks"),
    path("call/<str:public_id>/times/", call.times, name="times"),
    path("call/<str:public_id>/why/<slug:rule>/", ending.why, name="why"),
    path("call/<str:public_id>/hold/", call.hold, name="hold"),
    path("call/<str:public_id>/confirm/", call.confirm, name="confirm"),
    path("call/<str:public_id>/release/", call.release, name="release"),
    path("call/<str:public_id>/park/", call.park, name="park"),
    path("call/<str:public_id>/resume/", call.resume, name="resume"),
    path("call/<str:public_id>/discard/", call.discard, name="discard"),
    path("call/<str:public_id>/settle/<str:stale_id>/", call.settle_stale, name="settle"),
    path("call/<str:public_id>/finish/", ending.finish_page, name="finish"),
    path("call/<str:public_id>/finish/done/", ending.finish, name="finish_post"),
    path("call/<str:public_id>/direct/", ending.direct, name="direct"),
    path("call/<str:public_id>/call-back/", ending.call_back, name="ask_call_back"),
    path("call/<str:public_id>/caller/find/", caller_views.find, name="find"),
    path("call/<str:public_id>/caller/pick/", caller_views.pick, name="pick"),
    path("call/<str:public_id>/caller/new/", caller_views.new_person, name="new_person"),
    path("call/<str:public_id>/caller/anonymous/", caller_views.anonymous, name="anonymous"),
    path("call/<str:public_id>/caller/again/", caller_views.again, name="again"),
    path("call/<str:public_id>/caller/add/", caller_views.add_party, name="add_party"),
    path("call/<str:public_id>/caller/<str:party_id>/remove/", caller_views.remove_party, name="remove_party"),
]
