"""Open work items are told their language; those of what has ended are asked as before, should they open again."""

from django.db import migrations

OF_CONTACTS = """
UPDATE cases_workitem i SET language = c.language, interpreter = c.interpreter_language <> ''
FROM contacts_contact c WHERE c.work_item_id = i.id AND i.closed_at IS NULL AND i.language = ''
"""
OF_CALL_BACKS = """
UPDATE cases_workitem i SET language = b.language
FROM contacts_callback b WHERE b.work_item_id = i.id AND i.closed_at IS NULL AND i.language = ''
"""


class Migration(migrations.Migration):
    """Some thousands of rows, whatever the size of the register."""

    dependencies = [("contacts", "0005_words_index"), ("cases", "0006_language")]
    operations = [
        migrations.RunSQL(OF_CONTACTS, migrations.RunSQL.noop),
        migrations.RunSQL(OF_CALL_BACKS, migrations.RunSQL.noop),
    ]
