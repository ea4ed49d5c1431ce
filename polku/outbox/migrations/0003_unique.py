"""One index keeps a message's key unique, finds it and finds keys by their beginning.

What is nearly always empty is kept unique among those that have it; an index holds no empty values.
"""

from django.db import migrations


class Migration(migrations.Migration):
    """No transaction: nobody waits for an index to be made or to go. The models say what is unique as before."""

    atomic = False
    dependencies = [("outbox", "0002_lean")]
    operations = [
        migrations.RunSQL(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS message_key ON outbox_message (key varchar_pattern_ops)",
            "DROP INDEX IF EXISTS message_key",
        ),
        migrations.RunSQL(
            "ALTER TABLE outbox_message DROP CONSTRAINT IF EXISTS outbox_message_key_key",
            "ALTER TABLE outbox_message ADD CONSTRAINT outbox_message_key_key UNIQUE (key)",
        ),
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS outbox_message_key_9860c808_like",
            "CREATE INDEX IF NOT EXISTS outbox_message_key_9860c808_like ON outbox_message (key varchar_pattern_ops)",
        ),
        migrations.RunSQL(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS message_instead_of"
            " ON outbox_message (instead_of_id) WHERE instead_of_id IS NOT NULL",
            "DROP INDEX IF EXISTS message_instead_of",
        ),
        migrations.RunSQL(
            "ALTER TABLE outbox_message DROP CONSTRAINT IF EXISTS outbox_message_instead_of_id_key",
            "ALTER TABLE outbox_message ADD CONSTRAINT outbox_message_instead_of_id_key UNIQUE (instead_of_id)",
        ),
    ]
