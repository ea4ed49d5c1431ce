"""What is nearly always empty is kept unique among those that have it; an index holds no empty values."""

from django.db import migrations


class Migration(migrations.Migration):
    """No transaction: nobody waits for an index to be made or to go. The models say what is unique as before."""

    atomic = False
    dependencies = [("appointments", "0005_lean")]
    operations = [
        migrations.RunSQL(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS appointment_replaces"
            " ON appointments_appointment (replaces_id) WHERE replaces_id IS NOT NULL",
            "DROP INDEX IF EXISTS appointment_replaces",
        ),
        migrations.RunSQL(
            "ALTER TABLE appointments_appointment DROP CONSTRAINT IF EXISTS appointments_appointment_replaces_id_key",
            "ALTER TABLE appointments_appointment"
            " ADD CONSTRAINT appointments_appointment_replaces_id_key UNIQUE (replaces_id)",
        ),
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS appointments_clientlink_token_hash_b89bb52a_like",
            "CREATE INDEX IF NOT EXISTS appointments_clientlink_token_hash_b89bb52a_like"
            " ON appointments_clientlink (token_hash varchar_pattern_ops)",
        ),
    ]
