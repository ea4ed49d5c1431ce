"""Every table with rows about clients behind the fence. The version before goes on as the serving role, which sees all.

Not one transaction: each table is locked for a moment of its own, also when others use it. May be run again.
"""

from pathlib import Path
from typing import Any

from django.db import migrations

REACH = Path(__file__).parent.parent / "sql" / "reach.sql"

UNITS = "ANY ((SELECT polku_units())::bigint[])"
PEOPLE = "ANY ((SELECT polku_stands_for())::bigint[])"
ME = "(SELECT polku_actor())"

# The plain arms are asked by the query itself; a function is called for the rows that are left. They are scalar
# subqueries, each one look-up by a key: the planner would turn EXISTS into a table of all that the reader's units have.
OWN_ITEM = (
    f"(SELECT w.unit_id = {UNITS} OR w.assignee_id = {PEOPLE} FROM polku_rights_item w WHERE w.id = work_item_id)"
)
OWN_CONTACT = (
    f"(SELECT c.unit_id = {UNITS} OR c.created_by_id = {ME} FROM polku_rights_contact c WHERE c.id = contact_id)"
)
OWN_CASE = f"(SELECT c.unit_id = {UNITS} FROM polku_rights_case c WHERE c.id = case_id)"
ITEM = f"{OWN_ITEM} OR polku_sees_item(work_item_id)"
CONTACT = f"{OWN_CONTACT} OR polku_sees_contact(contact_id)"
CASE = f"{OWN_CASE} OR polku_sees_case(case_id)"
CLIENT = "polku_sees_client(client_id)"
MESSAGE = "polku_sees_message(message_id)"
CLOCK = "(SELECT true FROM deadlines_clock k WHERE k.id = clock_id)"

POLICIES = {
    "clients_client": (
        "(SELECT true FROM polku_rights_party p JOIN polku_rights_contact c ON c.id = p.contact_id"
        f" WHERE p.client_id = clients_client.id AND p.removed_at IS NULL AND c.unit_id = {UNITS} LIMIT 1)"
        " OR polku_sees_client(id)"
    ),
    "clients_clientname": CLIENT,
    "clients_contactpoint": CLIENT,
    "clients_residence": CLIENT,
    "clients_protecteddetail": CLIENT,
    "clients_relationship": CLIENT,
    "clients_merge": f"{CLIENT} OR polku_sees_client(into_id)",
    "cases_workitem": f"unit_id = {UNITS} OR assignee_id = {PEOPLE} OR polku_sees_item(id)",
    "cases_case": f"unit_id = {UNITS} OR polku_sees_case(id)",
    "cases_caseperson": CASE,
    "cases_caseservicetask": CASE,
    "cases_namedworker": CASE,
    "cases_relation": f"actor_id = {PEOPLE} OR unit_id = {UNITS} OR {CLIENT}",
    "cases_timelineentry": f"{OWN_CASE} OR {ITEM} OR polku_sees_case(case_id) OR {CLIENT}",
    # What outside systems call a person is asked by actions only.
    "cases_externalid": "false",
    "deadlines_clock": ITEM,
    "deadlines_pause": CLOCK,
    "deadlines_restart": CLOCK,
    "contacts_contact": f"unit_id = {UNITS} OR created_by_id = {ME} OR polku_sees_contact(id)",
    "contacts_contactparty": CONTACT,
    "contacts_contacttext": CONTACT,
    "contacts_draft": CONTACT,
    "contacts_staledraft": CONTACT,
    "contacts_callback": f"unit_id = {UNITS} OR created_by_id = {ME} OR polku_sees_item(work_item_id)",
    "triage_firstassessment": CONTACT,
    "appointments_appointment": (
        f"unit_id = {UNITS} OR created_by_id = {ME} OR booked_by_id = {ME} OR polku_sees_appointment(id)"
    ),
    "appointments_participant": "polku_sees_seat(id)",
    "appointments_waitingentry": f"unit_id = {UNITS} OR created_by_id = {ME} OR {CLIENT}",
    "appointments_clientlink": f"actor_id = {ME} OR polku_sees_appointment(appointment_id)",
    "outbox_message": "polku_sees_message(id)",
    "outbox_enclosure": MESSAGE,
    "outbox_try": MESSAGE,
    "outbox_receipt": MESSAGE,
    # One's own rows; the data protection officer's pages read the log as a whole.
    "audit_event": f"actor_id = {ME}",
}
# Rows are added to the log by whoever reads, in the reader's own transaction.
LOG = """
GRANT INSERT ON audit_event TO polku_fenced;
DROP POLICY IF EXISTS polku_added ON audit_event;
CREATE POLICY polku_added ON audit_event FOR INSERT TO polku_fenced WITH CHECK (true);
"""

UNDO = r"""
DO $$
DECLARE
    mine record;
BEGIN
    FOR mine IN SELECT schemaname, tablename, policyname FROM pg_policies
                WHERE policyname IN ('polku_whole', 'polku_reach', 'polku_added')
    LOOP
        EXECUTE format('DROP POLICY %I ON %I', mine.policyname, mine.tablename);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', mine.tablename);
    END LOOP;
    FOR mine IN SELECT oid::regprocedure AS named FROM pg_proc
                WHERE pronamespace = 'public'::regnamespace
                  AND proname ~ '^polku_(act|actor|at|units|stands_for|tied|same_person|guard|holds_\w+|sees_\w+)$'
    LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', mine.named);
    END LOOP;
    DROP VIEW polku_rights_client, polku_rights_item, polku_rights_case, polku_rights_contact, polku_rights_party;
END $$;
"""


def put_up(apps: Any, schema_editor: Any) -> None:
    """Make the functions, then guard one table after another."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(REACH.read_text(encoding="utf-8"))
        for table, reach in POLICIES.items():
            cursor.execute("SELECT polku_guard(%s::text::regclass, %s)", [table, reach])
        cursor.execute(LOG)


class Migration(migrations.Migration):
    """After every stage that has rows about clients."""

    atomic = False
    dependencies = [
        ("audit", "0002_log"),
        ("outbox", "0001_initial"),
        ("access", "0003_letter_keys"),
        ("clients", "0002_people"),
        ("cases", "0001_initial"),
        ("deadlines", "0001_initial"),
        ("contacts", "0001_initial"),
        ("triage", "0001_initial"),
        ("appointments", "0003_seats"),
    ]
    operations = [migrations.RunPython(put_up, lambda apps, schema_editor: schema_editor.execute(UNDO), elidable=False)]
