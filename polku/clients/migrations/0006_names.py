"""Who bears a word of a name is read from the index alone: a common name has thousands of bearers."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

# A build that was cut leaves an index that nobody may use.
LEFT = "SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass('public.clientname_word')"
INDEX = "CREATE INDEX CONCURRENTLY IF NOT EXISTS clientname_word ON clients_clientname (word_id, client_id)"


def build(apps: Any, schema_editor: Any) -> None:
    """Build the index while others write, then let the smaller one go that it stands for."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(LEFT)
        if (cursor.fetchone() or (False,))[0]:
            cursor.execute("DROP INDEX CONCURRENTLY clientname_word")
        cursor.execute(INDEX)
        cursor.execute("DROP INDEX CONCURRENTLY IF EXISTS clients_clientname_word_id_30e54ad8")


def drop(apps: Any, schema_editor: Any) -> None:
    """Bring the former index back."""
    schema_editor.execute(
        "CREATE INDEX IF NOT EXISTS clients_clientname_word_id_30e54ad8 ON clients_clientname (word_id)"
    )
    schema_editor.execute("DROP INDEX IF EXISTS clientname_word")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("clients", "0005_unique")]
    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunPython(build, drop)],
            [
                migrations.AlterField(
                    "clientname",
                    "word",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.nameword",
                    ),
                ),
                migrations.AddIndex("clientname", models.Index(fields=["word", "client"], name="clientname_word")),
            ],
        ),
    ]
