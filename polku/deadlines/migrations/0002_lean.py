"""A clock keeps its facts, not its sentence; indexes that nobody searches are gone.

`act` and `section` follow from the rule's version and the facts. The columns stay, filled by the database, for the
version before this one; a later migration takes them away. No transaction: no index goes under the feet of a query.
"""

import django.db.models.deletion
from django.db import migrations, models


def gone(index: str, table: str, column: str) -> migrations.RunSQL:
    """Drop an index that came with a field, without stopping those who use the table."""
    return migrations.RunSQL(
        f"DROP INDEX CONCURRENTLY IF EXISTS {index}", f"CREATE INDEX IF NOT EXISTS {index} ON {table} ({column})"
    )


def actor(**kwargs: bool) -> "models.ForeignKey[object, object]":
    """Refer to an actor, who is never deleted and by whom no clock is looked for."""
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.actor", **kwargs
    )


class Migration(migrations.Migration):
    """After the fence, which stands on none of this."""

    atomic = False
    dependencies = [("deadlines", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"ALTER TABLE deadlines_clock ALTER {column} SET DEFAULT ''",
                    f"ALTER TABLE deadlines_clock ALTER {column} DROP DEFAULT",
                )
                for column in ("act", "section")
            ],
            state_operations=[migrations.RemoveField("clock", "act"), migrations.RemoveField("clock", "section")],
        ),
        migrations.AlterField("clock", "because", models.JSONField(blank=True, default=dict)),
        gone("clock_rule_last_day", "deadlines_clock", "rule, last_day"),
        gone("deadlines_clock_public_id_36784ca2_like", "deadlines_clock", "public_id varchar_pattern_ops"),
        gone("deadlines_clock_opened_by_id_1d3775b3", "deadlines_clock", "opened_by_id"),
        gone("deadlines_clock_met_by_id_2131975d", "deadlines_clock", "met_by_id"),
        gone("deadlines_clock_cancelled_by_id_8cfefdca", "deadlines_clock", "cancelled_by_id"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("clock", "clock_rule_last_day"),
                migrations.AlterField("clock", "opened_by", actor()),
                migrations.AlterField("clock", "met_by", actor(blank=True, null=True)),
                migrations.AlterField("clock", "cancelled_by", actor(blank=True, null=True)),
            ]
        ),
    ]
