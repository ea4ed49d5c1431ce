"""What many rows of the log have in common is kept once; old rows stay as they are, and both read alike."""

from pathlib import Path

from django.db import migrations

_WORDS = Path(__file__).parent.parent / "sql" / "words.sql"


class Migration(migrations.Migration):
    """After the fence, whose policies stay with the rows. There is no way back once rows have been written so."""

    dependencies = [("audit", "0003_lean_indexes"), ("fence", "0003_ties")]
    operations = [migrations.RunSQL(_WORDS.read_text(encoding="utf-8"))]
