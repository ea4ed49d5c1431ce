"""Indexes that nobody searches are gone; what the product itself notes in a timeline has no public id.

A reference needs an index only where something is looked for by it, and a text one for its beginning only where it is
looked for by its beginning. Actors and units are never deleted. No transaction: nobody waits for an index to go.
"""

import django.db.models.deletion
from django.db import migrations, models


def gone(index: str, table: str, columns: str) -> migrations.RunSQL:
    """Drop an index without stopping those who use the table."""
    return migrations.RunSQL(
        f"DROP INDEX CONCURRENTLY IF EXISTS {index}", f"CREATE INDEX IF NOT EXISTS {index} ON {table} ({columns})"
    )


def built(model: str, table: str, index: str, field: str) -> migrations.SeparateDatabaseAndState:
    """Index a reference where there is one, while others write; may be run again."""
    make = f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {index} ON {table} ({field}_id) WHERE {field}_id IS NOT NULL"
    there = models.Q((f"{field}__isnull", False))
    return migrations.SeparateDatabaseAndState(
        [migrations.RunSQL(make, f"DROP INDEX IF EXISTS {index}")],
        [migrations.AddIndex(model, models.Index(condition=there, fields=[field], name=index))],
    )


class Migration(migrations.Migration):
    """What is looked for by them: see the model's own indexes."""

    atomic = False
    dependencies = [
        ("access", "0003_letter_keys"),
        ("cases", "0003_numbers"),
        ("clients", "0003_numbers"),
    ]
    operations = [
        built("relation", "cases_relation", "relation_case", "case"),
        built("timelineentry", "cases_timelineentry", "timeline_corrected", "corrects"),
        migrations.RunSQL("ALTER TABLE cases_timelineentry ALTER public_id DROP NOT NULL", migrations.RunSQL.noop),
        gone("cases_workitem_public_id_510446c2_like", "cases_workitem", "public_id varchar_pattern_ops"),
        gone("cases_workitem_assignee_id_129de0cc", "cases_workitem", "assignee_id"),
        gone("cases_workitem_unit_id_86e872c6", "cases_workitem", "unit_id"),
        gone("cases_case_public_id_eb820183_like", "cases_case", "public_id varchar_pattern_ops"),
        gone("cases_case_reference_cb43aa34_like", "cases_case", "reference varchar_pattern_ops"),
        gone("cases_case_client_id_d55d12dd", "cases_case", "client_id"),
        gone("cases_case_created_by_id_91d115ec", "cases_case", "created_by_id"),
        gone("cases_caseperson_case_id_f97e1a77", "cases_caseperson", "case_id"),
        gone("cases_caseservicetask_case_id_1f8a3aac", "cases_caseservicetask", "case_id"),
        gone("cases_relation_client_id_9fb425ce", "cases_relation", "client_id"),
        gone("cases_relation_actor_id_85bdc8c6", "cases_relation", "actor_id"),
        gone("cases_relation_unit_id_d0bde401", "cases_relation", "unit_id"),
        gone("cases_relation_case_id_9db1494a", "cases_relation", "case_id"),
        gone("cases_relation_work_item_id_cd79463c", "cases_relation", "work_item_id"),
        gone("cases_relation_made_by_id_a7835d94", "cases_relation", "made_by_id"),
        gone("cases_timelineentry_public_id_db2d4880_like", "cases_timelineentry", "public_id varchar_pattern_ops"),
        gone("cases_timelineentry_case_id_75b5ec95", "cases_timelineentry", "case_id"),
        gone("cases_timelineentry_client_id_04ac0db5", "cases_timelineentry", "client_id"),
        gone("cases_timelineentry_actor_id_bcb7949e", "cases_timelineentry", "actor_id"),
        gone("cases_timelineentry_corrects_id_a9411759", "cases_timelineentry", "corrects_id"),
        gone("timeline_item", "cases_timelineentry", "work_item_id, happened_at DESC"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex(
                    model_name="timelineentry",
                    name="timeline_item",
                ),
                migrations.AlterField(
                    model_name="case",
                    name="client",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.client",
                    ),
                ),
                migrations.AlterField(
                    model_name="case",
                    name="created_by",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.actor"
                    ),
                ),
                migrations.AlterField(
                    model_name="caseperson",
                    name="case",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="people",
                        to="cases.case",
                    ),
                ),
                migrations.AlterField(
                    model_name="caseservicetask",
                    name="case",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="service_tasks",
                        to="cases.case",
                    ),
                ),
                migrations.AlterField(
                    model_name="relation",
                    name="actor",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.actor",
                    ),
                ),
                migrations.AlterField(
                    model_name="relation",
                    name="case",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
                migrations.AlterField(
                    model_name="relation",
                    name="client",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.client",
                    ),
                ),
                migrations.AlterField(
                    model_name="relation",
                    name="made_by",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.actor"
                    ),
                ),
                migrations.AlterField(
                    model_name="relation",
                    name="unit",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.unit",
                    ),
                ),
                migrations.AlterField(
                    model_name="relation",
                    name="work_item",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.workitem",
                    ),
                ),
                migrations.AlterField(
                    model_name="timelineentry",
                    name="actor",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.actor"
                    ),
                ),
                migrations.AlterField(
                    model_name="timelineentry",
                    name="case",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
                migrations.AlterField(
                    model_name="timelineentry",
                    name="client",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.client",
                    ),
                ),
                migrations.AlterField(
                    model_name="timelineentry",
                    name="corrects",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="cases.timelineentry",
                    ),
                ),
                migrations.AlterField(
                    model_name="timelineentry",
                    name="public_id",
                    field=models.CharField(editable=False, max_length=16, null=True, unique=True),
                ),
                migrations.AlterField(
                    model_name="workitem",
                    name="assignee",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.actor",
                    ),
                ),
                migrations.AlterField(
                    model_name="workitem",
                    name="unit",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.unit"
                    ),
                ),
            ]
        ),
    ]
