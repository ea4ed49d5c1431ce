"""Of two that make the same month of the log at once the second finds it there. The version before goes on with it."""

from pathlib import Path

from django.db import migrations

PARTITION = Path(__file__).parent.parent / "sql" / "partition.sql"


class Migration(migrations.Migration):
    """Replaces one function; there is nothing to undo."""

    dependencies = [("fence", "0001_row_security"), ("audit", "0002_log")]
    operations = [migrations.RunSQL(PARTITION.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
