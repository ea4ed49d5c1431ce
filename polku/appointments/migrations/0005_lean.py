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
        ("appointments", "0004_restored"),
        ("cases", "0003_numbers"),
        ("clients", "0003_numbers"),
        ("contacts", "0002_numbers"),
    ]
    operations = [
        gone(
            "appointments_appointment_public_id_2cb8023b_like",
            "appointments_appointment",
            "public_id varchar_pattern_ops",
        ),
        gone("appointments_appointment_kind_id_12e833d6", "appointments_appointment", "kind_id"),
        gone("appointments_appointment_place_id_75684a5b", "appointments_appointment", "place_id"),
        gone("appointments_appointment_client_id_c189cb9e", "appointments_appointment", "client_id"),
        gone("appointments_appointment_contact_id_24612550", "appointments_appointment", "contact_id"),
        gone("appointments_appointment_case_id_0a810901", "appointments_appointment", "case_id"),
        gone("appointments_appointment_created_by_id_f78ea98d", "appointments_appointment", "created_by_id"),
        gone("appointments_appointment_booked_by_id_f7516f07", "appointments_appointment", "booked_by_id"),
        gone("appointments_appointment_told_by_id_dbcaa046", "appointments_appointment", "told_by_id"),
        gone("appointments_appointment_arrived_by_id_baf6315c", "appointments_appointment", "arrived_by_id"),
        gone("appointments_appointment_closed_by_id_95a29ec1", "appointments_appointment", "closed_by_id"),
        gone("appointments_claim_appointment_id_72e760f8", "appointments_claim", "appointment_id"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="appointment",
                    name="arrived_by",
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
                    model_name="appointment",
                    name="booked_by",
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
                    model_name="appointment",
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
                    model_name="appointment",
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
                    model_name="appointment",
                    name="closed_by",
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
                    model_name="appointment",
                    name="contact",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contacts.contact",
                    ),
                ),
                migrations.AlterField(
                    model_name="appointment",
                    name="created_by",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.actor"
                    ),
                ),
                migrations.AlterField(
                    model_name="appointment",
                    name="kind",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="appointments.kind",
                    ),
                ),
                migrations.AlterField(
                    model_name="appointment",
                    name="place",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="appointments.place",
                    ),
                ),
                migrations.AlterField(
                    model_name="appointment",
                    name="told_by",
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
                    model_name="claim",
                    name="appointment",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="claims",
                        to="appointments.appointment",
                    ),
                ),
            ]
        ),
    ]
