"""What is nearly always empty is kept unique among those that have it; an index holds no empty values."""

from django.db import migrations


class Migration(migrations.Migration):
    """No transaction: nobody waits for an index to be made or to go. The models say what is unique as before."""

    atomic = False
    dependencies = [("cases", "0004_lean")]
    operations = [
        migrations.RunSQL(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS timeline_public_id"
            " ON cases_timelineentry (public_id) WHERE public_id IS NOT NULL",
            "DROP INDEX IF EXISTS timeline_public_id",
        ),
        migrations.RunSQL(
            "ALTER TABLE cases_timelineentry DROP CONSTRAINT IF EXISTS cases_timelineentry_public_id_key",
            "ALTER TABLE cases_timelineentry ADD CONSTRAINT cases_timelineentry_public_id_key UNIQUE (public_id)",
        ),
    ]
