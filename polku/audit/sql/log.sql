-- The role that requests and jobs run as (polku_serving) is there before the migrations, and owns nothing.

CREATE SEQUENCE audit_event_id_seq AS bigint;

CREATE TABLE audit_event (
    id bigint NOT NULL DEFAULT nextval('audit_event_id_seq'),
    uid varchar(16) NOT NULL,
    at timestamptz NOT NULL,
    happened_at timestamptz,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind varchar(10) NOT NULL
        CHECK (kind IN ('read', 'search', 'change', 'refused', 'emergency', 'sign-in', 'disclosure')),
    what varchar(120) NOT NULL,
    record_class varchar(60) NOT NULL,
    subject varchar(80) NOT NULL,
    purpose varchar(120) NOT NULL,
    actor_id bigint,
    actor_public_id varchar(16) NOT NULL,
    actor_kind varchar(10) NOT NULL,
    actor_name varchar(200) NOT NULL,
    role varchar(120) NOT NULL,
    register varchar(10) NOT NULL CHECK (register IN ('social', 'patient')),
    provider varchar(120) NOT NULL,
    unit varchar(120) NOT NULL,
    clients bigint[] NOT NULL,
    path varchar(120) NOT NULL,
    request varchar(16) NOT NULL,
    details text NOT NULL,
    mark bytea NOT NULL CHECK (length(mark) = 32),
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);

ALTER SEQUENCE audit_event_id_seq OWNED BY audit_event.id;

CREATE INDEX audit_event_at ON audit_event (at DESC, id DESC);
CREATE INDEX audit_event_actor ON audit_event (actor_id, at DESC, id DESC);
CREATE INDEX audit_event_client ON audit_event USING gin (clients);
CREATE INDEX audit_event_rare ON audit_event (kind, at DESC, id DESC) WHERE kind NOT IN ('read', 'change', 'search');
CREATE INDEX audit_event_recorded ON audit_event (recorded_at);
CREATE INDEX audit_event_check ON audit_event (at DESC, id DESC) WHERE what = 'audit.verify';

-- `ids` are exactly the rows a seal covers, without the gaps between them: a row that commits late is left for the next
-- seal. Everything recorded before `looked_to` was looked at, so the next seal starts a little before it.
CREATE TABLE audit_seal (
    no bigint PRIMARY KEY CHECK (no > 0),
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ids int8multirange NOT NULL,
    n integer NOT NULL CHECK (n > 0),
    prev bytea NOT NULL CHECK (length(prev) = 32),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    looked_to timestamptz NOT NULL
);
CREATE INDEX audit_seal_recorded ON audit_seal (recorded_at);

CREATE TABLE audit_anchor (
    seal_id bigint PRIMARY KEY REFERENCES audit_seal (no),
    at timestamptz NOT NULL,
    hash bytea NOT NULL
);

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is only added to: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_event_kept BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_event_whole BEFORE TRUNCATE ON audit_event EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_seal_kept BEFORE UPDATE OR DELETE ON audit_seal FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_seal_whole BEFORE TRUNCATE ON audit_seal EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_anchor_kept BEFORE UPDATE OR DELETE ON audit_anchor FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_anchor_whole BEFORE TRUNCATE ON audit_anchor EXECUTE FUNCTION audit_refuse();

-- Makes the partition of a month (UTC) unless it is there; true when it was made now. The serving role owns nothing,
-- so this runs as the owner. The table is made apart and attached: that does not stop writers of other months.
CREATE FUNCTION audit_partition(day date) RETURNS boolean
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
    IF to_regclass('public.' || part) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE audit_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
    EXECUTE format('ALTER TABLE audit_event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part,
                   first || ' 00:00:00+00', (first + interval '1 month')::date || ' 00:00:00+00');
    EXECUTE format('CREATE TRIGGER audit_event_whole BEFORE TRUNCATE ON %I EXECUTE FUNCTION audit_refuse()', part);
    EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, polku_serving', part);
    RETURN true;
END $$;

-- The serving role adds and reads; the partitions are reached through the log only.
REVOKE ALL ON audit_event, audit_seal, audit_anchor FROM PUBLIC, polku_serving;
GRANT SELECT, INSERT ON audit_event, audit_seal, audit_anchor TO polku_serving;
GRANT USAGE, SELECT ON SEQUENCE audit_event_id_seq TO polku_serving;
REVOKE ALL ON FUNCTION audit_partition(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_partition(date) TO polku_serving;

SELECT audit_partition((current_date + make_interval(months => m))::date) FROM generate_series(-2, 3) AS m;
