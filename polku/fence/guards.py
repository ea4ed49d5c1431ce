"""Whether the fence stands: row security on every table about clients, and a role that cannot step over it."""

from __future__ import annotations

from django.db import connection

from polku.kit import roles

# From these, and from whatever refers to them, a client can be told.
ROOTS = (
    "clients_client", "cases_workitem", "contacts_contact", "outbox_message", "audit_row", "cases_externalid",
    "meetings_minutes",
)  # fmt: skip
# Refers to a guarded table, and yet says nothing of a client.
OPEN = {"appointments_claim": "which worker or room is taken when, and for no one knows whom"}

_ABOUT_CLIENTS = """
WITH RECURSIVE about AS (
    SELECT to_regclass('public.' || name) AS thing FROM unnest(%s::text[]) AS name
    UNION
    SELECT c.conrelid::regclass FROM pg_constraint c JOIN about ON c.confrelid = about.thing
    WHERE c.contype = 'f' AND c.conrelid <> ALL (%s::text[]::regclass[])
)
SELECT c.relname,
       c.relrowsecurity AND EXISTS (
           SELECT FROM pg_policies p
           WHERE p.schemaname = 'public' AND p.tablename = c.relname AND p.cmd = 'SELECT' AND p.roles = ARRAY[%s::name]
             AND p.permissive = 'PERMISSIVE' AND p.qual <> 'true'),
       has_table_privilege(%s, c.oid, 'UPDATE') OR has_table_privilege(%s, c.oid, 'DELETE')
       OR has_table_privilege(%s, c.oid, 'TRUNCATE')
FROM about JOIN pg_class c ON c.oid = about.thing
WHERE NOT c.relispartition ORDER BY 1
"""
_MIGHT = """
SELECT r.rolname, r.rolsuper OR r.rolbypassrls, r.rolcanlogin,
       EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid),
       EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid)
FROM pg_roles r WHERE r.rolname = ANY (%s) ORDER BY 1
"""


def tables() -> dict[str, tuple[bool, bool]]:
    """Return each table from which a client can be told: whether it is guarded, and whether requests may change it."""
    with connection.cursor() as cursor:
        role = roles.FENCED
        cursor.execute(_ABOUT_CLIENTS, [list(ROOTS), list(OPEN), role, role, role, role])
        return {name: (guarded, writable) for name, guarded, writable in cursor.fetchall()}


def unguarded() -> list[str]:
    """Return a sentence for each gap in the fence; for `polku check`."""
    with connection.cursor() as cursor:
        cursor.execute(_MIGHT, [[roles.SERVING, roles.FENCED]])
        might = cursor.fetchall()
    found = {row[0] for row in might}
    if not {roles.SERVING, roles.FENCED} <= found:
        return ["The roles that serve are not there; run polku migrate."]
    wrong = []
    for name, mighty, logs_in, owns, member in might:
        if mighty:
            wrong.append(f"The role {name} is a superuser or bypasses row security.")
        if logs_in:
            wrong.append(f"The role {name} can log in; it must not.")
        if owns:
            wrong.append(f"The role {name} owns tables; row security does not hold for an owner.")
        if member:
            wrong.append(f"The role {name} is a member of another role and has that role's rights.")
    for table, (guarded, writable) in tables().items():
        if not guarded:
            wrong.append(f"The table {table} is about clients, and no row security keeps it; run polku migrate.")
        if writable:
            wrong.append(f"Requests could change the table {table} past its actions; run polku migrate.")
    return wrong
