"""The code knows `letter_keys` no more: whether single letters are shortcuts is kept by the browser.

The column stays, for the version before this one; it fills itself, so that this version need not name it.
"""

from django.db import migrations


class Migration(migrations.Migration):
    """Code first, column second."""

    dependencies = [("access", "0002_sourceminute")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE access_account ALTER COLUMN letter_keys SET DEFAULT true",
                    "ALTER TABLE access_account ALTER COLUMN letter_keys DROP DEFAULT",
                )
            ],
            state_operations=[migrations.RemoveField(model_name="account", name="letter_keys")],
        )
    ]
