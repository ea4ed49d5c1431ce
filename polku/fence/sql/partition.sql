-- A session that has waited for another one's partition may still remember that there was none (a catalogue cache is not
-- read anew for that): only making it tells. Whoever made it held the lock until it was kept.
CREATE OR REPLACE FUNCTION audit_partition(day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first date := date_trunc('month', day::timestamp)::date;
    part text := 'audit_event_' || to_char(first, 'YYYY_MM');
BEGIN
    IF first < date '2015-01-01' OR first > current_date + 800 THEN
        RAISE EXCEPTION 'the log keeps no month such as %', first USING ERRCODE = 'datetime_field_overflow';
    END IF;
    IF to_regclass('public.' || part) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('audit_partition'));
    BEGIN
        EXECUTE format('CREATE TABLE %I (LIKE audit_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
    EXCEPTION WHEN duplicate_table THEN
        RETURN false;
    END;
    EXECUTE format('ALTER TABLE audit_event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part,
                   first || ' 00:00:00+00', (first + interval '1 month')::date || ' 00:00:00+00');
    EXECUTE format('CREATE TRIGGER audit_event_whole BEFORE TRUNCATE ON %I EXECUTE FUNCTION audit_refuse()', part);
    EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, polku_serving, polku_fenced', part);
    RETURN true;
END $$;
