"""Open work items are told their language; those of what has ended are asked as before, should they open again."""

from django.db import migrations

# Whoever changes a contact's language, also a process of the version before. It is written with the work item when new.
FOLLOWS = """
CREATE FUNCTION contacts_language_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE cases_workitem SET language = NEW.language, interpreter = NEW.interpreter_language <> ''
    WHERE id = NEW.work_item_id;
    RETURN NULL;
END $$;
CREATE TRIGGER contacts_language_follows AFTER UPDATE OF language, interpreter_language ON contacts_contact
FOR EACH ROW WHEN ((OLD.language, OLD.interpreter_language) IS DISTINCT FROM (NEW.language, NEW.interpreter_language))
EXECUTE FUNCTION contacts_language_follows();
"""
GONE = "DROP TRIGGER contacts_language_follows ON contacts_contact; DROP FUNCTION contacts_language_follows()"
OF_CASES = """
UPDATE cases_workitem i SET language = p.contact_language, interpreter = p.interpreter_language <> ''
FROM cases_case c JOIN clients_client p ON p.id = c.client_id
WHERE c.work_item_id = i.id AND i.closed_at IS NULL AND i.language = ''
"""
OF_CONTACTS = """
UPDATE cases_workitem i SET language = c.language, interpreter = c.interpreter_language <> ''
FROM contacts_contact c WHERE c.work_item_id = i.id AND i.closed_at IS NULL AND i.language = ''
"""
OF_CALL_BACKS = """
UPDATE cases_workitem i SET language = b.language
FROM contacts_callback b WHERE b.work_item_id = i.id AND i.closed_at IS NULL AND i.language = ''
"""


class Migration(migrations.Migration):
    """Some thousands of rows, whatever the size of the register; contacts are read meanwhile and written after it."""

    dependencies = [("contacts", "0005_words_index"), ("cases", "0006_language")]
    operations = [
        migrations.RunSQL(FOLLOWS, GONE),
        migrations.RunSQL(OF_CASES, migrations.RunSQL.noop),
        migrations.RunSQL(OF_CONTACTS, migrations.RunSQL.noop),
        migrations.RunSQL(OF_CALL_BACKS, migrations.RunSQL.noop),
    ]
