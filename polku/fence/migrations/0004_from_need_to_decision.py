"""Assessments, meetings, decisions and hand-overs behind the fence."""

from typing import Any

from django.db import migrations

UNITS = "ANY ((SELECT polku_units())::bigint[])"
OWN_CASE = f"(SELECT c.unit_id = {UNITS} FROM polku_rights_case c WHERE c.id = case_id)"
CASE = f"{OWN_CASE} OR polku_sees_case(case_id)"


def through(table: str, column: str) -> str:
    """Return the reach of rows that belong to one of another table: where that one is seen, they are."""
    return f"(SELECT true FROM {table} t WHERE t.id = {column})"


ASSESSMENT = through("assessments_assessment", "assessment_id")
POLICIES = {
    "assessments_assessment": CASE,
    "assessments_answer": ASSESSMENT,
    "assessments_answerbeside": ASSESSMENT,
    "assessments_known": ASSESSMENT,
    "assessments_measure": CASE,
    "assessments_plan": CASE,
    "assessments_goal": through("assessments_plan", "plan_id"),
    "assessments_plannedservice": through("assessments_plan", "plan_id"),
    "meetings_item": CASE,
    "meetings_itemcriterion": through("meetings_item", "item_id"),
    "meetings_disqualification": through("meetings_item", "item_id"),
    # Minutes name everybody whose matter was weighed: for the group's own unit and its members.
    "meetings_minutes": (
        f"(SELECT s.unit_id = {UNITS} OR (SELECT true FROM meetings_member b WHERE b.series_id = s.id"
        " AND b.actor_id = (SELECT polku_actor()) AND b.valid_from <= polku_at()::date"
        " AND (b.valid_until IS NULL OR b.valid_until >= polku_at()::date) LIMIT 1)"
        " FROM meetings_meeting m JOIN meetings_series s ON s.id = m.series_id WHERE m.id = meeting_id)"
    ),
    "decisions_decision": CASE,
    "decisions_usedreasoning": through("decisions_decision", "decision_id"),
    "decisions_delivery": through("decisions_decision", "decision_id"),
    "handover_recordtask": CASE,
}


def put_up(apps: Any, schema_editor: Any) -> None:
    """Guard one table after another."""
    with schema_editor.connection.cursor() as cursor:
        for table, reach in POLICIES.items():
            cursor.execute("SELECT polku_guard(%s::text::regclass, %s)", [table, reach])


class Migration(migrations.Migration):
    """After the stages whose tables it guards."""

    dependencies = [
        ("fence", "0003_ties"),
        ("assessments", "0001_initial"),
        ("meetings", "0001_initial"),
        ("decisions", "0001_initial"),
        ("handover", "0001_initial"),
    ]
    operations = [migrations.RunPython(put_up, migrations.RunPython.noop, elidable=False)]
