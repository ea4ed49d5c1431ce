-- Whose reach: set for one transaction by polku_act, read as (SELECT ...) so that a query asks once.

CREATE OR REPLACE FUNCTION polku_actor() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('polku.actor', true), '')::bigint $$;

CREATE OR REPLACE FUNCTION polku_at() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('polku.at', true), '')::timestamptz, now()) $$;

CREATE OR REPLACE FUNCTION polku_units() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('polku.units', true), ''), '{}')::bigint[] $$;

CREATE OR REPLACE FUNCTION polku_stands_for() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('polku.stands_for', true), ''), '{}')::bigint[] $$;

-- From here to the transaction's end this actor reads: the units of posts whose holders read what the unit has (not
-- health staff, who read what they made themselves), the actor and those they stand in for.
CREATE OR REPLACE FUNCTION polku_act(actor bigint, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    day date := (at AT TIME ZONE 'Europe/Helsinki')::date;
    staff boolean := coalesce((SELECT kind = 'staff' FROM access_actor WHERE id = actor), false);
    units bigint[] := '{}';
    people bigint[] := array_remove(ARRAY[actor], NULL);
BEGIN
    IF staff THEN
        SELECT coalesce(array_agg(DISTINCT m.unit_id), '{}') INTO units
        FROM access_membership m JOIN access_unit u ON u.id = m.unit_id
        WHERE m.actor_id = actor
          AND m.role IN ('guidance', 'social_worker', 'counsellor', 'nurse', 'lead', 'secretary')
          AND m.valid_from <= day AND (m.valid_until IS NULL OR m.valid_until >= day)
          AND u.valid_from <= day AND (u.valid_until IS NULL OR u.valid_until >= day);
        people := people || ARRAY(
            SELECT d.actor_id FROM access_deputy d
            WHERE d.deputy_id = actor AND d.valid_from <= day AND (d.valid_until IS NULL OR d.valid_until >= day));
    END IF;
    PERFORM set_config('polku.actor', coalesce(actor::text, ''), true), set_config('polku.at', at::text, true),
            set_config('polku.units', units::text, true), set_config('polku.stands_for', people::text, true);
END $$;

-- What the permission rules themselves stand on: numbers only, no personal data. The owner's views, so that neither a
-- rule nor a policy asks row security again for each row it weighs.

CREATE OR REPLACE VIEW polku_rights_client AS SELECT id, merged_into_id FROM clients_client;
CREATE OR REPLACE VIEW polku_rights_item AS SELECT id, unit_id, assignee_id FROM cases_workitem;
CREATE OR REPLACE VIEW polku_rights_case AS SELECT id, work_item_id, client_id, unit_id FROM cases_case;
CREATE OR REPLACE VIEW polku_rights_contact AS SELECT id, work_item_id, unit_id, created_by_id FROM contacts_contact;
CREATE OR REPLACE VIEW polku_rights_party AS SELECT id, contact_id, client_id, removed_at FROM contacts_contactparty;

-- Who sees what. Each asks the cheapest and likeliest first; together they are wider than any rule of a stage.

CREATE OR REPLACE FUNCTION polku_tied(people bigint[]) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 200 AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM cases_relation r
        WHERE r.client_id = ANY (people)
          AND (r.actor_id = ANY (polku_stands_for()) OR r.unit_id = ANY (polku_units()))
          AND r.starts_at <= polku_at() AND (r.ends_at IS NULL OR r.ends_at > polku_at()));
END $$;

-- All rows of the same person.
CREATE OR REPLACE FUNCTION polku_same_person(person bigint) RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 200 AS $$
DECLARE
    root bigint := (SELECT coalesce(c.merged_into_id, c.id) FROM clients_client c WHERE c.id = person);
BEGIN
    RETURN root || ARRAY(SELECT c.id FROM clients_client c WHERE c.merged_into_id = root);
END $$;

-- The contact is in the reader's unit, on their desk, or their own writing.
CREATE OR REPLACE FUNCTION polku_holds_contact(contact bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 200 AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM contacts_contact c JOIN cases_workitem w ON w.id = c.work_item_id
        LEFT JOIN access_source s ON s.id = c.source_id
        WHERE c.id = contact
          AND (c.unit_id = ANY (polku_units()) OR c.created_by_id = polku_actor() OR w.unit_id = ANY (polku_units())
               OR w.assignee_id = ANY (polku_stands_for()) OR s.actor_id = polku_actor()));
END $$;

-- The time is the reader's unit's, in their calendar, or booked by them.
CREATE OR REPLACE FUNCTION polku_holds_appointment(appointment bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 200 AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM appointments_appointment a
        WHERE a.id = appointment
          AND (a.unit_id = ANY (polku_units()) OR a.created_by_id = polku_actor() OR a.booked_by_id = polku_actor()))
    OR EXISTS (
        SELECT FROM appointments_claim k JOIN appointments_resource r ON r.id = k.resource_id
        WHERE k.appointment_id = appointment AND r.actor_id = ANY (polku_stands_for()));
END $$;

-- The case is in the reader's unit or on their desk.
CREATE OR REPLACE FUNCTION polku_holds_case(matter bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 200 AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM cases_case c JOIN cases_workitem w ON w.id = c.work_item_id
        WHERE c.id = matter
          AND (c.unit_id = ANY (polku_units()) OR w.unit_id = ANY (polku_units())
               OR w.assignee_id = ANY (polku_stands_for())));
END $$;

CREATE OR REPLACE FUNCTION polku_sees_client(person bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 200 AS $$
DECLARE
    people bigint[];
BEGIN
    IF person IS NULL OR polku_actor() IS NULL THEN
        RETURN false;
    END IF;
    people := polku_same_person(person);
    RETURN polku_tied(people)
    OR EXISTS (
        SELECT FROM contacts_contactparty p
        WHERE p.client_id = ANY (people) AND p.removed_at IS NULL AND polku_holds_contact(p.contact_id))
    OR EXISTS (SELECT FROM cases_case c WHERE c.client_id = ANY (people) AND polku_holds_case(c.id))
    OR EXISTS (
        SELECT FROM appointments_appointment a WHERE a.client_id = ANY (people) AND polku_holds_appointment(a.id))
    OR EXISTS (
        SELECT FROM appointments_participant s
        WHERE s.client_id = ANY (people)
          AND (s.created_by_id = polku_actor() OR polku_holds_appointment(s.appointment_id)))
    -- Somebody beside the reader's client: in the same contact, part of the same case, near to them.
    OR EXISTS (
        SELECT FROM contacts_contactparty p
        JOIN contacts_contactparty q ON q.contact_id = p.contact_id AND q.id <> p.id
        WHERE p.client_id = ANY (people) AND p.removed_at IS NULL AND q.removed_at IS NULL AND q.client_id IS NOT NULL
          AND polku_tied(polku_same_person(q.client_id)))
    OR EXISTS (
        SELECT FROM cases_caseperson p JOIN cases_case c ON c.id = p.case_id
        WHERE p.client_id = ANY (people) AND (polku_holds_case(c.id) OR polku_tied(polku_same_person(c.client_id))))
    OR EXISTS (
        SELECT FROM clients_relationship n
        WHERE n.other_id = ANY (people) AND polku_tied(polku_same_person(n.client_id)))
    -- The client at the other end of the reader's link.
    OR EXISTS (
        SELECT FROM appointments_clientlink l
        LEFT JOIN appointments_participant s ON s.id = l.participant_id
        JOIN appointments_appointment a ON a.id = l.appointment_id
        WHERE l.actor_id = polku_actor() AND l.expires_at > polku_at()
          AND coalesce(s.client_id, a.client_id) = ANY (people));
END $$;

CREATE OR REPLACE FUNCTION polku_sees_contact(contact bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 200 AS $$
BEGIN
    IF contact IS NULL OR polku_actor() IS NULL THEN
        RETURN false;
    END IF;
    RETURN polku_holds_contact(contact)
    OR EXISTS (
        SELECT FROM contacts_contactparty p
        WHERE p.contact_id = contact AND p.removed_at IS NULL AND polku_sees_client(p.client_id))
    -- What was said before a time in the reader's calendar, and before the time that a link is about.
    OR EXISTS (
        SELECT FROM appointments_appointment a WHERE a.contact_id = contact AND polku_holds_appointment(a.id))
    OR EXISTS (
        SELECT FROM appointments_participant s
        WHERE s.contact_id = contact AND polku_holds_appointment(s.appointment_id))
    OR EXISTS (
        SELECT FROM appointments_clientlink l
        LEFT JOIN appointments_participant s ON s.id = l.participant_id
        JOIN appointments_appointment a ON a.id = l.appointment_id
        WHERE l.actor_id = polku_actor() AND l.expires_at > polku_at()
          AND CASE WHEN s.id IS NULL THEN a.contact_id ELSE s.contact_id END = contact);
END $$;

CREATE OR REPLACE FUNCTION polku_sees_case(matter bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 200 AS $$
BEGIN
    RETURN matter IS NOT NULL AND polku_actor() IS NOT NULL AND (
        polku_holds_case(matter)
        OR polku_sees_client((SELECT c.client_id FROM cases_case c WHERE c.id = matter)));
END $$;

CREATE OR REPLACE FUNCTION polku_sees_item(item bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 200 AS $$
BEGIN
    IF item IS NULL OR polku_actor() IS NULL THEN
        RETURN false;
    END IF;
    RETURN EXISTS (
        SELECT FROM cases_workitem w
        WHERE w.id = item AND (w.unit_id = ANY (polku_units()) OR w.assignee_id = ANY (polku_stands_for())))
    OR EXISTS (SELECT FROM contacts_contact c WHERE c.work_item_id = item AND polku_sees_contact(c.id))
    OR EXISTS (SELECT FROM cases_case c WHERE c.work_item_id = item AND polku_sees_case(c.id))
    OR EXISTS (
        SELECT FROM contacts_callback b
        WHERE b.work_item_id = item
          AND (b.unit_id = ANY (polku_units()) OR b.created_by_id = polku_actor()
               OR polku_sees_contact(b.contact_id)));
END $$;

CREATE OR REPLACE FUNCTION polku_sees_appointment(appointment bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 200 AS $$
BEGIN
    RETURN appointment IS NOT NULL AND polku_actor() IS NOT NULL AND (
        polku_holds_appointment(appointment)
        OR EXISTS (
            SELECT FROM appointments_clientlink l
            WHERE l.appointment_id = appointment AND l.actor_id = polku_actor() AND l.expires_at > polku_at())
        OR EXISTS (
            SELECT FROM appointments_appointment a
            WHERE a.id = appointment AND (polku_sees_client(a.client_id) OR polku_sees_contact(a.contact_id)))
        OR EXISTS (
            SELECT FROM appointments_participant s
            WHERE s.appointment_id = appointment
              AND (s.created_by_id = polku_actor() OR polku_sees_client(s.client_id))));
END $$;

-- A seat in a group: the group's own people see all seats, whoever has reached one client sees that seat.
CREATE OR REPLACE FUNCTION polku_sees_seat(participant bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 200 AS $$
BEGIN
    RETURN polku_actor() IS NOT NULL AND EXISTS (
        SELECT FROM appointments_participant s
        WHERE s.id = participant
          AND (s.created_by_id = polku_actor() OR polku_holds_appointment(s.appointment_id)
               OR polku_sees_client(s.client_id) OR polku_sees_contact(s.contact_id)
               OR EXISTS (
                   SELECT FROM appointments_clientlink l
                   WHERE l.participant_id = s.id AND l.actor_id = polku_actor() AND l.expires_at > polku_at())));
END $$;

-- A message belongs to the time or contact that its key names; one sent again, to what the first one was about.
CREATE OR REPLACE FUNCTION polku_sees_message(message bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 200 AS $$
DECLARE
    about text[];
BEGIN
    IF message IS NULL OR polku_actor() IS NULL THEN
        RETURN false;
    END IF;
    WITH RECURSIVE chain AS (
        SELECT m.key, m.instead_of_id FROM outbox_message m WHERE m.id = message
        UNION ALL
        SELECT m.key, m.instead_of_id FROM chain JOIN outbox_message m ON m.id = chain.instead_of_id
    )
    SELECT string_to_array(key, ':') INTO about FROM chain WHERE instead_of_id IS NULL;
    RETURN CASE about[1]
        WHEN 'appointment' THEN polku_sees_appointment(
            (SELECT a.id FROM appointments_appointment a WHERE a.public_id = about[2]))
        WHEN 'call_back' THEN polku_sees_item(
            (SELECT b.work_item_id FROM contacts_callback b WHERE b.public_id = about[2]))
        WHEN 'contact' THEN polku_sees_contact((SELECT c.id FROM contacts_contact c WHERE c.public_id = about[2]))
        ELSE false
    END;
END $$;

-- Puts a table behind the fence: the serving role has it whole, the fenced one reads what `reach` lets through and
-- writes nothing. For migrations; may be called again.
CREATE OR REPLACE FUNCTION polku_guard(guarded regclass, reach text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP POLICY IF EXISTS polku_whole ON %s', guarded);
    EXECUTE format('DROP POLICY IF EXISTS polku_reach ON %s', guarded);
    EXECUTE format('CREATE POLICY polku_whole ON %s TO polku_serving USING (true) WITH CHECK (true)', guarded);
    EXECUTE format('CREATE POLICY polku_reach ON %s FOR SELECT TO polku_fenced USING (%s)', guarded, reach);
    EXECUTE format('REVOKE ALL ON %s FROM polku_fenced', guarded);
    EXECUTE format('GRANT SELECT ON %s TO polku_fenced', guarded);
    -- Last: without policies nobody but the owner would see a row.
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
END $$;

DO $$
DECLARE
    right_of record;
    mine text;
BEGIN
    FOR mine IN
        SELECT oid::regprocedure::text FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
          AND proname ~ '^polku_(tied|same_person|holds_|sees_|guard$)'
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', mine);
        IF mine !~ '^polku_guard' THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO polku_serving, polku_fenced', mine);
        END IF;
    END LOOP;
    -- The fenced role has what the serving role has; polku_guard then takes from it.
    FOR right_of IN
        SELECT c.oid::regclass AS thing, c.relkind, a.privilege_type
        FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = 'polku_fenced'::regrole
    LOOP
        EXECUTE format('REVOKE %s ON %s %s FROM polku_fenced', right_of.privilege_type,
                       CASE right_of.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, right_of.thing);
    END LOOP;
    FOR right_of IN
        SELECT c.oid::regclass AS thing, c.relkind, a.privilege_type
        FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = 'polku_serving'::regrole
    LOOP
        EXECUTE format('GRANT %s ON %s %s TO polku_fenced', right_of.privilege_type,
                       CASE right_of.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, right_of.thing);
    END LOOP;
    FOR mine IN SELECT 'polku_rights_' || unnest(ARRAY['client', 'item', 'case', 'contact', 'party']) LOOP
        EXECUTE format('REVOKE ALL ON %I FROM polku_serving, polku_fenced', mine);
        EXECUTE format('GRANT SELECT ON %I TO polku_serving, polku_fenced', mine);
    END LOOP;
END $$;

-- A month's part of the log is reached through the log only, by the fenced role too.
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
    IF to_regclass('public.' || part) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE audit_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
    EXECUTE format('ALTER TABLE audit_event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part,
                   first || ' 00:00:00+00', (first + interval '1 month')::date || ' 00:00:00+00');
    EXECUTE format('CREATE TRIGGER audit_event_whole BEFORE TRUNCATE ON %I EXECUTE FUNCTION audit_refuse()', part);
    EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, polku_serving, polku_fenced', part);
    RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION audit_partition(date) TO polku_fenced;
