"""The database refuses what the law refuses: what has been signed, sent or reviewed is never changed.

Of a signed decision only its state goes on, along its ways (corrected, withdrawn); of a letter that has left only what
became of it. A reviewed reasoning keeps its words.
"""

from django.db import migrations

MAKE = """
CREATE FUNCTION decisions_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% % is kept as it is', TG_TABLE_NAME, OLD.id USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION decisions_keep_signed() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'state' <> to_jsonb(OLD) - 'state'
        OR NEW.state NOT IN ('signed', 'corrected', 'withdrawn') OR (OLD.state <> 'signed' AND NEW.state <> OLD.state)
    THEN
        RAISE EXCEPTION 'decision % is signed: it is not changed', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION decisions_keep_reasonings() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    about bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.decision_id ELSE NEW.decision_id END;
    state text;
BEGIN
    SELECT d.state INTO state FROM decisions_decision d WHERE d.id = about FOR SHARE;
    IF state NOT IN ('draft', 'discarded') THEN
        RAISE EXCEPTION 'decision % is %: its reasonings are not changed', about, state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER decision_kept BEFORE UPDATE OR DELETE ON decisions_decision
    FOR EACH ROW WHEN (OLD.state IN ('signed', 'corrected', 'withdrawn')) EXECUTE FUNCTION decisions_keep_signed();
CREATE TRIGGER usedreasoning_kept BEFORE INSERT OR UPDATE OR DELETE ON decisions_usedreasoning
    FOR EACH ROW EXECUTE FUNCTION decisions_keep_reasonings();
CREATE TRIGGER reasoning_kept BEFORE UPDATE ON decisions_reasoning
    FOR EACH ROW WHEN (
        OLD.state <> 'draft' AND (OLD.code, OLD.version, OLD.kinds, OLD.part, OLD.text_fi, OLD.text_sv)
        IS DISTINCT FROM (NEW.code, NEW.version, NEW.kinds, NEW.part, NEW.text_fi, NEW.text_sv)
    ) EXECUTE FUNCTION decisions_refuse_change();
CREATE TRIGGER delivery_kept BEFORE UPDATE ON decisions_delivery
    FOR EACH ROW WHEN (
        OLD.state IN ('sent', 'received', 'returned')
        AND (OLD.decision_id, OLD.way, OLD.digest, OLD.pdf, OLD.sent_on, OLD.language)
        IS DISTINCT FROM (NEW.decision_id, NEW.way, NEW.digest, NEW.pdf, NEW.sent_on, NEW.language)
    ) EXECUTE FUNCTION decisions_refuse_change();
CREATE TRIGGER delivery_stays BEFORE DELETE ON decisions_delivery
    FOR EACH ROW WHEN (OLD.state IN ('sent', 'received', 'returned')) EXECUTE FUNCTION decisions_refuse_change();
"""

UNMAKE = """
DROP TRIGGER delivery_stays ON decisions_delivery;
DROP TRIGGER delivery_kept ON decisions_delivery;
DROP TRIGGER reasoning_kept ON decisions_reasoning;
DROP TRIGGER usedreasoning_kept ON decisions_usedreasoning;
DROP TRIGGER decision_kept ON decisions_decision;
DROP FUNCTION decisions_keep_reasonings();
DROP FUNCTION decisions_keep_signed();
DROP FUNCTION decisions_refuse_change();
"""


class Migration(migrations.Migration):
    """Triggers on decisions, their reasonings and their letters."""

    dependencies = [("decisions", "0002_writing_and_sending")]
    operations = [migrations.RunSQL(MAKE, UNMAKE)]
