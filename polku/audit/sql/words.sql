-- What many rows of the log have in common is kept once: who did it (an actor as they were then, in a role, for a unit)
-- and what it was (action, kind of record, purpose, page). A row names both by number; `audit_event` shows it whole, and
-- its mark and seal are over the whole, so nothing that is kept once can be changed unnoticed.

ALTER TABLE audit_event RENAME TO audit_row;
ALTER TABLE audit_row
    ALTER uid DROP NOT NULL,
    ALTER what DROP NOT NULL,
    ALTER record_class DROP NOT NULL,
    ALTER purpose DROP NOT NULL,
    ALTER actor_public_id DROP NOT NULL,
    ALTER actor_kind DROP NOT NULL,
    ALTER actor_name DROP NOT NULL,
    ALTER role DROP NOT NULL,
    ALTER register DROP NOT NULL,
    ALTER provider DROP NOT NULL,
    ALTER unit DROP NOT NULL,
    ALTER path DROP NOT NULL,
    ADD nonce integer,
    ADD who_id integer,
    ADD about_id integer;

-- Twice the same is allowed: nobody waits for somebody else who is just adding it.
CREATE TABLE audit_who (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor_public_id varchar(16) NOT NULL,
    actor_kind varchar(10) NOT NULL,
    actor_name varchar(200) NOT NULL,
    role varchar(120) NOT NULL,
    register varchar(10) NOT NULL CHECK (register IN ('social', 'patient')),
    provider varchar(120) NOT NULL,
    unit varchar(120) NOT NULL
);
CREATE INDEX audit_who_actor ON audit_who (actor_public_id, actor_name);

CREATE TABLE audit_about (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    what varchar(120) NOT NULL,
    record_class varchar(60) NOT NULL,
    purpose varchar(120) NOT NULL,
    path varchar(120) NOT NULL
);
CREATE INDEX audit_about_what ON audit_about (what, purpose, path);

-- The number of these words, which are added where they are not there. As the owner: a reader sees their own words only.
CREATE FUNCTION audit_who_number(text, text, text, text, text, text, text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found integer := (SELECT min(id) FROM audit_who WHERE actor_public_id = $1 AND actor_kind = $2 AND actor_name = $3
                      AND role = $4 AND register = $5 AND provider = $6 AND unit = $7);
BEGIN
    IF found IS NULL THEN
        INSERT INTO audit_who (actor_public_id, actor_kind, actor_name, role, register, provider, unit)
        VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id INTO found;
    END IF;
    RETURN found;
END $$;

CREATE FUNCTION audit_about_number(text, text, text, text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found integer := (SELECT min(id) FROM audit_about WHERE what = $1 AND record_class = $2 AND purpose = $3 AND path = $4);
BEGIN
    IF found IS NULL THEN
        INSERT INTO audit_about (what, record_class, purpose, path) VALUES ($1, $2, $3, $4) RETURNING id INTO found;
    END IF;
    RETURN found;
END $$;

-- Whoever asks sees no more than before: the rows' own policies hold, and those of the words.
-- A word that is gone reads as nothing, and the row's mark tells.
CREATE VIEW audit_event WITH (security_invoker = true) AS
SELECT e.id, coalesce(e.uid, e.nonce::text::varchar(16)) AS uid, e.at, e.happened_at, e.recorded_at, e.kind,
       coalesce(e.what, a.what, '') AS what, coalesce(e.record_class, a.record_class, '') AS record_class, e.subject,
       coalesce(e.purpose, a.purpose, '') AS purpose, e.actor_id,
       coalesce(e.actor_public_id, w.actor_public_id, '') AS actor_public_id,
       coalesce(e.actor_kind, w.actor_kind, '') AS actor_kind,
       coalesce(e.actor_name, w.actor_name, '') AS actor_name, coalesce(e.role, w.role, '') AS role,
       coalesce(e.register, w.register, '') AS register, coalesce(e.provider, w.provider, '') AS provider,
       coalesce(e.unit, w.unit, '') AS unit, e.clients, coalesce(e.path, a.path, '') AS path, e.request, e.details, e.mark
FROM audit_row AS e LEFT JOIN audit_who AS w ON w.id = e.who_id LEFT JOIN audit_about AS a ON a.id = e.about_id;

-- The version before this one adds its rows to the log by its name.
CREATE FUNCTION audit_add() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.id := coalesce(NEW.id, nextval('audit_event_id_seq'));
    INSERT INTO audit_row (id, uid, at, happened_at, kind, what, record_class, subject, purpose, actor_id,
        actor_public_id, actor_kind, actor_name, role, register, provider, unit, clients, path, request, details, mark)
    VALUES (NEW.id, NEW.uid, NEW.at, NEW.happened_at, NEW.kind, NEW.what,
        NEW.record_class, NEW.subject, NEW.purpose, NEW.actor_id, NEW.actor_public_id, NEW.actor_kind, NEW.actor_name,
        NEW.role, NEW.register, NEW.provider, NEW.unit, NEW.clients, NEW.path, NEW.request, NEW.details, NEW.mark);
    RETURN NEW;
END $$;
CREATE TRIGGER audit_event_added INSTEAD OF INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_add();
CREATE TRIGGER audit_event_kept INSTEAD OF UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_refuse();

CREATE TRIGGER audit_who_kept BEFORE UPDATE OR DELETE ON audit_who FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_who_whole BEFORE TRUNCATE ON audit_who EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_about_kept BEFORE UPDATE OR DELETE ON audit_about FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_about_whole BEFORE TRUNCATE ON audit_about EXECUTE FUNCTION audit_refuse();

REVOKE ALL ON audit_event, audit_who, audit_about FROM PUBLIC, polku_serving, polku_fenced;
GRANT SELECT, INSERT ON audit_event TO polku_serving, polku_fenced;
GRANT SELECT ON audit_who, audit_about TO polku_serving, polku_fenced;
ALTER TABLE audit_who ENABLE ROW LEVEL SECURITY;
CREATE POLICY polku_whole ON audit_who FOR SELECT TO polku_serving USING (true);
CREATE POLICY polku_reach ON audit_who FOR SELECT TO polku_fenced
    USING (actor_public_id = (SELECT public_id FROM access_actor WHERE id = polku_actor()));

REVOKE ALL ON FUNCTION audit_who_number(text, text, text, text, text, text, text), audit_about_number(text, text, text, text)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_who_number(text, text, text, text, text, text, text),
    audit_about_number(text, text, text, text) TO polku_serving, polku_fenced;

-- As before, of the table that holds the rows.
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
    -- Who waited for another one may still remember that there was none: only making it tells.
    BEGIN
        EXECUTE format('CREATE TABLE %I (LIKE audit_row INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
    EXCEPTION WHEN duplicate_table THEN
        RETURN false;
    END;
    EXECUTE format('ALTER TABLE audit_row ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part,
                   first || ' 00:00:00+00', (first + interval '1 month')::date || ' 00:00:00+00');
    EXECUTE format('CREATE TRIGGER audit_event_whole BEFORE TRUNCATE ON %I EXECUTE FUNCTION audit_refuse()', part);
    EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, polku_serving, polku_fenced', part);
    RETURN true;
END $$;
