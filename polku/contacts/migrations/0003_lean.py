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
        ("cases", "0004_lean"),
        ("clients", "0004_lean"),
        ("contacts", "0002_numbers"),
    ]
    operations = [
        gone("contacts_contact_public_id_69b09c19_like", "contacts_contact", "public_id varchar_pattern_ops"),
        gone("contacts_contact_reference_8fcc99d3_like", "contacts_contact", "reference varchar_pattern_ops"),
        gone("contacts_contact_unit_id_1bab1929", "contacts_contact", "unit_id"),
        gone("contacts_contact_created_by_id_57537352", "contacts_contact", "created_by_id"),
        gone("contacts_contact_source_id_375d5137", "contacts_contact", "source_id"),
        gone("contacts_contact_municipality_id_6b18dc26", "contacts_contact", "municipality_id"),
        gone(
            "contacts_contact_municipality_id_6b18dc26_like", "contacts_contact", "municipality_id varchar_pattern_ops"
        ),
        gone("contacts_contact_answered_by_id_6aaa5aea", "contacts_contact", "answered_by_id"),
        gone("contacts_contact_closed_by_id_7eb1e7a8", "contacts_contact", "closed_by_id"),
        gone("contacts_contactparty_public_id_1021f6ba_like", "contacts_contactparty", "public_id varchar_pattern_ops"),
        gone("contacts_contactparty_client_id_e0ab5c25", "contacts_contactparty", "client_id"),
        gone("contacts_contactparty_case_id_1bd0a937", "contacts_contactparty", "case_id"),
        gone("contacts_contactparty_added_by_id_74b99cce", "contacts_contactparty", "added_by_id"),
        gone("contacts_contactparty_made_known_by_id_9247d87c", "contacts_contactparty", "made_known_by_id"),
        gone("contacts_contacttext_contact_id_0cb9d83a", "contacts_contacttext", "contact_id"),
        gone("contacts_contacttext_author_id_ca6cd424", "contacts_contacttext", "author_id"),
        gone("contacts_draft_saved_by_id_dc42aacd", "contacts_draft", "saved_by_id"),
        gone("contacts_staledraft_public_id_bff957db_like", "contacts_staledraft", "public_id varchar_pattern_ops"),
        gone("contacts_staledraft_saved_by_id_27aa6590", "contacts_staledraft", "saved_by_id"),
        gone("contacts_callback_public_id_b67d0480_like", "contacts_callback", "public_id varchar_pattern_ops"),
        gone("contacts_callback_contact_id_e15cb2c2", "contacts_callback", "contact_id"),
        gone("contacts_callback_unit_id_1df2a476", "contacts_callback", "unit_id"),
        gone("contacts_callback_created_by_id_a993b2d3", "contacts_callback", "created_by_id"),
        gone("contacts_callback_ended_by_id_c06f0d0a", "contacts_callback", "ended_by_id"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="callback",
                    name="contact",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_backs",
                        to="contacts.contact",
                    ),
                ),
                migrations.AlterField(
                    model_name="callback",
                    name="created_by",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.actor"
                    ),
                ),
                migrations.AlterField(
                    model_name="callback",
                    name="ended_by",
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
                    model_name="callback",
                    name="unit",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.unit"
                    ),
                ),
                migrations.AlterField(
                    model_name="contact",
                    name="answered_by",
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
                    model_name="contact",
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
                    model_name="contact",
                    name="created_by",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.actor"
                    ),
                ),
                migrations.AlterField(
                    model_name="contact",
                    name="municipality",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.municipality",
                    ),
                ),
                migrations.AlterField(
                    model_name="contact",
                    name="source",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.source",
                    ),
                ),
                migrations.AlterField(
                    model_name="contact",
                    name="unit",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.unit"
                    ),
                ),
                migrations.AlterField(
                    model_name="contactparty",
                    name="added_by",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.actor"
                    ),
                ),
                migrations.AlterField(
                    model_name="contactparty",
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
                    model_name="contactparty",
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
                    model_name="contactparty",
                    name="made_known_by",
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
                    model_name="contacttext",
                    name="author",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.actor"
                    ),
                ),
                migrations.AlterField(
                    model_name="contacttext",
                    name="contact",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="texts",
                        to="contacts.contact",
                    ),
                ),
                migrations.AlterField(
                    model_name="draft",
                    name="saved_by",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.actor"
                    ),
                ),
                migrations.AlterField(
                    model_name="staledraft",
                    name="saved_by",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.actor"
                    ),
                ),
            ]
        ),
    ]
