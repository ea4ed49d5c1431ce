"""What is nearly always empty is kept unique among those that have it; an index holds no empty values."""

from django.db import migrations


class Migration(migrations.Migration):
    """No transaction: nobody waits for an index to be made or to go. The models say what is unique as before."""

    atomic = False
    dependencies = [("clients", "0004_lean")]
    operations = [
        migrations.RunSQL(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS client_temporary_id"
            " ON clients_client (temporary_id) WHERE temporary_id IS NOT NULL",
            "DROP INDEX IF EXISTS client_temporary_id",
        ),
        migrations.RunSQL(
            "ALTER TABLE clients_client DROP CONSTRAINT IF EXISTS clients_client_temporary_id_key",
            "ALTER TABLE clients_client ADD CONSTRAINT clients_client_temporary_id_key UNIQUE (temporary_id)",
        ),
    ]
