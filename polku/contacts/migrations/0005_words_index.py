"""The index of words, built while others write. Not one transaction, and may be run again: what is done is left."""

from typing import Any

import django.contrib.postgres.indexes
from django.db import migrations, models

AT_ONCE = 20_000
LANGUAGES = """
UPDATE contacts_contacttext t SET language = c.language FROM contacts_contact c
WHERE c.id = t.contact_id AND c.language <> t.language AND t.id > %s AND t.id <= %s
"""
# A build that was cut leaves an index that nobody may use.
LEFT = "SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass('public.contacttext_words')"
INDEX = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS contacttext_words ON contacts_contacttext
USING gin (polku_words(written_at, language, text)) WITH (gin_pending_list_limit = 512)
"""


def build(apps: Any, schema_editor: Any) -> None:
    """Give earlier texts their language, some at a time, and build the index."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM contacts_contacttext")
        for low in range(0, cursor.fetchone()[0], AT_ONCE):
            cursor.execute(LANGUAGES, [low, low + AT_ONCE])
        cursor.execute(LEFT)
        if (cursor.fetchone() or (False,))[0]:
            cursor.execute("DROP INDEX CONCURRENTLY contacttext_words")
        cursor.execute(INDEX)
        # For the planner: how frequent which words are.
        cursor.execute("ANALYZE contacts_contacttext")


def drop(apps: Any, schema_editor: Any) -> None:
    """Take the index away."""
    schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS contacttext_words")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("contacts", "0004_words")]
    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunPython(build, drop)],
            [
                migrations.AddIndex(
                    "contacttext",
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func(
                            models.F("written_at"), models.F("language"), models.F("text"), function="polku_words"
                        ),
                        gin_pending_list_limit=512,
                        name="contacttext_words",
                    ),
                ),
            ],
        ),
    ]
