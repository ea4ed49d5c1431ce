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
        ("clients", "0003_numbers"),
    ]
    operations = [
        gone("clients_client_public_id_5d278db9_like", "clients_client", "public_id varchar_pattern_ops"),
        gone("clients_client_hetu_8720d933_like", "clients_client", "hetu varchar_pattern_ops"),
        gone("clients_client_temporary_id_be6b0aaf_like", "clients_client", "temporary_id varchar_pattern_ops"),
        gone("clients_client_merged_into_id_fad7ad41", "clients_client", "merged_into_id"),
        gone("clients_client_created_by_id_c8f840e4", "clients_client", "created_by_id"),
        gone("clients_clientname_client_id_7488d6fa", "clients_clientname", "client_id"),
        gone("clients_contactpoint_client_id_07aa1c8c", "clients_contactpoint", "client_id"),
        gone("clients_residence_client_id_ec8af821", "clients_residence", "client_id"),
        gone("clients_residence_municipality_id_5fd01e38", "clients_residence", "municipality_id"),
        gone(
            "clients_residence_municipality_id_5fd01e38_like",
            "clients_residence",
            "municipality_id varchar_pattern_ops",
        ),
        gone("clients_protecteddetail_client_id_68f9ef7e", "clients_protecteddetail", "client_id"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="client",
                    name="created_by",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.actor"
                    ),
                ),
                migrations.AlterField(
                    model_name="client",
                    name="merged_into",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="clients.client",
                    ),
                ),
                migrations.AlterField(
                    model_name="clientname",
                    name="client",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="name_words",
                        to="clients.client",
                    ),
                ),
                migrations.AlterField(
                    model_name="contactpoint",
                    name="client",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contact_points",
                        to="clients.client",
                    ),
                ),
                migrations.AlterField(
                    model_name="protecteddetail",
                    name="client",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clients.client",
                    ),
                ),
                migrations.AlterField(
                    model_name="residence",
                    name="client",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="residences",
                        to="clients.client",
                    ),
                ),
                migrations.AlterField(
                    model_name="residence",
                    name="municipality",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.municipality",
                    ),
                ),
            ]
        ),
    ]
