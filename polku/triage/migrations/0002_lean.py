"""Indexes that nobody searches are gone.

A reference needs an index only where something is looked for by it, and a text one for its beginning only where it is
looked for by its beginning. Actors, units and places are never deleted. No transaction: no index goes under the feet of
a query.
"""

import django.db.models.deletion
from django.db import migrations, models


def gone(index: str, table: str, columns: str) -> migrations.RunSQL:
    """Drop an index without stopping those who use the table."""
    return migrations.RunSQL(
        f"DROP INDEX CONCURRENTLY IF EXISTS {index}", f"CREATE INDEX IF NOT EXISTS {index} ON {table} ({columns})"
    )


class Migration(migrations.Migration):
    """What is looked for by them: see the model's own indexes."""

    atomic = False
    dependencies = [
        ("access", "0003_letter_keys"),
        ("contacts", "0003_lean"),
        ("triage", "0001_initial"),
    ]
    operations = [
        gone(
            "triage_firstassessment_public_id_ac1eb6b5_like", "triage_firstassessment", "public_id varchar_pattern_ops"
        ),
        gone("triage_firstassessment_contact_id_03309d55", "triage_firstassessment", "contact_id"),
        gone("triage_firstassessment_made_by_id_779f152e", "triage_firstassessment", "made_by_id"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="firstassessment",
                    name="contact",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="contacts.contact",
                    ),
                ),
                migrations.AlterField(
                    model_name="firstassessment",
                    name="made_by",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.actor"
                    ),
                ),
            ]
        ),
    ]
