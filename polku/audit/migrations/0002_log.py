"""The log, its seals and anchors in SQL: Django knows neither partitions nor triggers nor grants."""

from pathlib import Path

from django.db import migrations

_LOG = Path(__file__).parent.parent / "sql" / "log.sql"

_UNDO = """
DROP TABLE audit_anchor, audit_seal, audit_event;
DROP FUNCTION audit_partition(date);
DROP FUNCTION audit_refuse();
"""


class Migration(migrations.Migration):
    """The tables behind the unmanaged models of 0001."""

    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(_LOG.read_text(encoding="utf-8"), _UNDO)]
