"""Actors are not looked for by the beginning of their public id."""

from django.db import migrations


class Migration(migrations.Migration):
    """No transaction: nobody waits for an index to be made or to go. The models say what is unique as before."""

    atomic = False
    dependencies = [("access", "0003_letter_keys")]
    operations = [
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS access_actor_public_id_a2c1774b_like",
            "CREATE INDEX IF NOT EXISTS access_actor_public_id_a2c1774b_like"
            " ON access_actor (public_id varchar_pattern_ops)",
        ),
    ]
