"""The index of words, built while others write. Not one transaction, and may be run again: what is done is left."""

from typing import Any

import django.contrib.postgres.indexes
from django.db import migrations, models

AT_ONCE = 20_000
NEXT = "SELECT max(id) FROM (SELECT id FROM contacts_contacttext WHERE id > %s ORDER BY id LIMIT %s) next"
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
        low = 0
        # By the ids that are there: numbers of rows may have wide gaps.
        while (high := _end_of_next(cursor, low)) is not None:
            cursor.execute(LANGUAGES, [low, high])
            low = high
        cursor.execute(LEFT)
        if (cursor.fetchone() or (False,))[0]:
            cursor.execute("DROP INDEX CONCURRENTLY contacttext_words")
        cursor.execute(INDEX)
        # For the planner: how frequent which words are.
        cursor.execute("ANALYZE contacts_contacttext")


def _end_of_next(cursor: Any, low: int) -> int | None:
    cursor.execute(NEXT, [low, AT_ONCE])
    found: int | None = cursor.fetchone()[0]
    return found


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
