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
        ("outbox", "0001_initial"),
    ]
    operations = [
        gone("outbox_message_public_id_f2464029_like", "outbox_message", "public_id varchar_pattern_ops"),
        gone("outbox_message_reference_855063dc_like", "outbox_message", "reference varchar_pattern_ops"),
        gone("outbox_enclosure_message_id_eb2fc700", "outbox_enclosure", "message_id"),
        gone("outbox_try_message_id_acf729ee", "outbox_try", "message_id"),
        gone("outbox_receipt_message_id_ed72c5c3", "outbox_receipt", "message_id"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="enclosure",
                    name="message",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="enclosures",
                        to="outbox.message",
                    ),
                ),
                migrations.AlterField(
                    model_name="receipt",
                    name="message",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="receipts",
                        to="outbox.message",
                    ),
                ),
                migrations.AlterField(
                    model_name="try",
                    name="message",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="log",
                        to="outbox.message",
                    ),
                ),
            ]
        ),
    ]
