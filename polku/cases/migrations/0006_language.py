"""The language on the work item: lists are counted by it. The version before leaves it empty: asked as before then."""

from django.db import migrations, models

# A client's language changes seldom, and below the cases that are in it.
FOLLOWS = """
CREATE FUNCTION cases_language_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE cases_workitem i
    SET language = NEW.contact_language, interpreter = NEW.interpreter_language <> ''
    FROM cases_case c WHERE c.client_id = NEW.id AND i.id = c.work_item_id;
    RETURN NULL;
END $$;
CREATE TRIGGER cases_language_follows AFTER UPDATE OF contact_language, interpreter_language ON clients_client
FOR EACH ROW WHEN ((OLD.contact_language, OLD.interpreter_language)
                   IS DISTINCT FROM (NEW.contact_language, NEW.interpreter_language))
EXECUTE FUNCTION cases_language_follows();
"""
GONE = "DROP TRIGGER cases_language_follows ON clients_client; DROP FUNCTION cases_language_follows()"


class Migration(migrations.Migration):
    """Two columns with constant defaults: no row is written here (contacts, 0006)."""

    dependencies = [("cases", "0005_unique"), ("clients", "0006_names")]
    operations = [
        migrations.AddField(
            "workitem", "language", models.CharField(blank=True, db_default="", default="", max_length=3)
        ),
        migrations.AddField("workitem", "interpreter", models.BooleanField(db_default=False, default=False)),
        migrations.RunSQL(FOLLOWS, GONE),
    ]
