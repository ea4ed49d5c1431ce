"""Addresses of the stage."""

from django.urls import path

from polku.assessments.views import life, measures, plans, reading, register, rows, sections

app_name = "assessments"

urlpatterns = [
    path("forms/", register.index, name="forms"),
    path("forms/import/", register.bring, name="import_form"),
    path("forms/<slug:key>/<int:version>/", register.export, name="export_form"),
    path("case/<str:case_id>/", life.of_case, name="of_case"),
    path("case/<str:case_id>/begin/", life.begin, name="begin"),
    path("case/<str:case_id>/measures/", measures.index, name="measures"),
    path("case/<str:case_id>/measures/<slug:key>/", measures.instrument, name="instrument"),
    path("case/<str:case_id>/measures/<slug:key>/record/", measures.record, name="record"),
    path("measures/<str:measure_id>/safety/", measures.safety, name="safety"),
    path("measures/<str:measure_id>/withdraw/", measures.withdraw, name="withdraw"),
    path("case/<str:case_id>/plans/", plans.index, name="plans"),
    path("case/<str:case_id>/plans/begin/", plans.begin, name="begin_plan"),
    path("plans/<str:plan_id>/", plans.plan, name="plan"),
    path("plans/<str:plan_id>/save/", plans.save, name="save_plan"),
    path("plans/<str:plan_id>/end/", plans.end, name="end_plan"),
    path("plans/<str:plan_id>/discard/", plans.discard, name="discard_plan"),
    path("plans/<str:plan_id>/goals/<str:goal_id>/", plans.judge, name="judge_goal"),
    path("<str:public_id>/", sections.whole, name="page"),
    path("<str:public_id>/part/<slug:key>/", sections.section, name="section"),
    path("<str:public_id>/part/<slug:key>/now/", sections.now, name="now"),
    path("<str:public_id>/answer/<str:path>/", sections.answer, name="answer"),
    path("<str:public_id>/known/<str:known_id>/", sections.known, name="known"),
    path("<str:public_id>/beside/<str:beside_id>/", sections.beside, name="beside"),
    path("<str:public_id>/rows/remove/", rows.remove, name="remove_row"),
    path("<str:public_id>/rows/back/", rows.put_back, name="put_back_row"),
    path("<str:public_id>/start/", life.start, name="start"),
    path("<str:public_id>/ready/", life.ready, name="ready"),
    path("<str:public_id>/back/", life.back, name="back"),
    path("<str:public_id>/lock/", life.lock, name="lock"),
    path("<str:public_id>/break-off/", life.break_off, name="break_off"),
    path("<str:public_id>/new-version/", life.new_version, name="new_version"),
    path("<str:public_id>/compare/", reading.compare, name="compare"),
    path("<str:public_id>/print/", reading.printed, name="print"),
]
