"""The database refuses what the law refuses: a locked assessment, and what was answered in it, is never changed.

Whoever writes an answer sees the assessment's state and keeps it until the transaction ends, so that nobody locks the
assessment between the look and the answer. A published form stays what was asked then.
"""

from django.db import migrations

MAKE = """
CREATE FUNCTION assessments_refuse_answer() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    about bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.assessment_id ELSE NEW.assessment_id END;
    state text;
BEGIN
    SELECT a.state INTO state FROM assessments_assessment a WHERE a.id = about FOR SHARE;
    IF state IN ('locked', 'broken_off') OR (TG_OP = 'UPDATE' AND OLD.assessment_id <> NEW.assessment_id) THEN
        RAISE EXCEPTION 'assessment % is %: its answers are not changed', about, state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION assessments_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% % is kept as it is', TG_TABLE_NAME, OLD.id USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER answer_kept BEFORE INSERT OR UPDATE OR DELETE ON assessments_answer
    FOR EACH ROW EXECUTE FUNCTION assessments_refuse_answer();
CREATE TRIGGER assessment_kept BEFORE UPDATE OR DELETE ON assessments_assessment
    FOR EACH ROW WHEN (OLD.state = 'locked') EXECUTE FUNCTION assessments_refuse_change();
CREATE TRIGGER formversion_kept BEFORE UPDATE ON assessments_formversion
    FOR EACH ROW WHEN (
        (OLD.key, OLD.version, OLD.content, OLD.digest) IS DISTINCT FROM (NEW.key, NEW.version, NEW.content, NEW.digest)
    ) EXECUTE FUNCTION assessments_refuse_change();
"""

UNMAKE = """
DROP TRIGGER formversion_kept ON assessments_formversion;
DROP TRIGGER assessment_kept ON assessments_assessment;
DROP TRIGGER answer_kept ON assessments_answer;
DROP FUNCTION assessments_refuse_change();
DROP FUNCTION assessments_refuse_answer();
"""


class Migration(migrations.Migration):
    """Triggers on the tables of the forms, the assessments and the answers."""

    dependencies = [("assessments", "0002_words_of_each")]
    operations = [migrations.RunSQL(MAKE, UNMAKE)]
