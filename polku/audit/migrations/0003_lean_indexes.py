"""The log's indexes are as small as its questions need.

By time and by actor without the row's number: rows of one moment are few and are sorted when read. Ascending, since the
log grows at that end and pages of an index that grows at its end are filled. When a row was written follows the order
of writing, so a summary of ranges finds what waits for its seal.

No transaction: each month's index is built beside those who write, then joined to the log's.
"""

from typing import Any

from django.db import migrations

NEW = {
    "audit_event_when": "(at)",
    "audit_event_by": "(actor_id, at)",
    "audit_event_written": "USING brin (recorded_at) WITH (autosummarize = on)",
}
OLD = {
    "audit_event_at": "(at DESC, id DESC)",
    "audit_event_actor": "(actor_id, at DESC, id DESC)",
    "audit_event_recorded": "(recorded_at)",
}
_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"


def exchange(schema_editor: Any, made: dict[str, str], gone: dict[str, str]) -> None:
    """Make some indexes of the log and drop others; what was begun and broken off is begun anew."""
    with schema_editor.connection.cursor() as cursor:
        for index, columns in made.items():
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {index} ON ONLY audit_event {columns}")
            cursor.execute(_VALID, [index])
            if cursor.fetchone()[0]:
                continue
            cursor.execute(
                "SELECT i.inhrelid::regclass::text FROM pg_inherits i WHERE i.inhparent = 'audit_event'::regclass"
                " AND NOT EXISTS (SELECT FROM pg_inherits j JOIN pg_index x ON x.indexrelid = j.inhrelid"
                " WHERE j.inhparent = %s::text::regclass AND x.indrelid = i.inhrelid)",
                [index],
            )
            for (part,) in cursor.fetchall():
                own = f"{part}_{index.removeprefix('audit_event_')}"
                cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {own}")
                cursor.execute(f"CREATE INDEX CONCURRENTLY {own} ON {part} {columns}")
                cursor.execute(f"ALTER INDEX {index} ATTACH PARTITION {own}")
        for index in gone:
            cursor.execute(f"DROP INDEX IF EXISTS {index}")


class Migration(migrations.Migration):
    """The version before this one asks the same questions, and they are as quick."""

    atomic = False
    dependencies = [("audit", "0002_log")]
    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: exchange(schema_editor, NEW, OLD),
            lambda apps, schema_editor: exchange(schema_editor, OLD, NEW),
        )
    ]
