"""What a database needs before its tables: roles, rights given ahead, extensions; and DATABASE_URL read.

Roles: the owner (`polku`, an ordinary role that logs in and owns every table) and two that cannot log in and own
nothing: the serving role of actions, jobs and commands, and the fenced one as which requests read (SET LOCAL ROLE).
"""

from typing import Any, LiteralString
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg
from psycopg import sql

from polku.kit import roles

SERVING_ROLE = roles.SERVING
ROLES = (roles.SERVING, roles.FENCED)
EXTENSIONS: tuple[LiteralString, ...] = ("pg_trgm", "btree_gist")
RIGHTS_AHEAD: tuple[LiteralString, ...] = (
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {}",
)


def parse_url(url: str) -> dict[str, Any]:
    """Return Django's settings for `postgresql://user:password@host:port/name?option=value`.

    Raises ValueError with a sentence when it is anything else.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError("DATABASE_URL must begin with postgresql://; Polku runs on PostgreSQL only.")
    if not name or "/" in name:
        raise ValueError("DATABASE_URL must end with the name of a database, as in postgresql://user@host/polku.")
    options = dict(parse_qsl(parts.query))
    try:
        port = parts.port
    except ValueError:
        raise ValueError("DATABASE_URL has a port that is not a number.") from None
    return {
        "NAME": name,
        "USER": options.pop("user", None) or unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": options.pop("port", None) or (str(port) if port else ""),
        "OPTIONS": options,
    }


def prepare_cluster(admin: "psycopg.Connection[Any]", *, owner: str, name: str) -> None:
    """As an administrator: make the owner's role and its database, and in it what `prepare_roles` makes. Repeatable."""
    _make_role(admin, owner, login=True)
    for role in ROLES:
        _make_role(admin, role, login=False)
        admin.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(owner)))
    found = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if not found:
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(owner)))


def _make_role(connection: "psycopg.Connection[Any]", role: str, *, login: bool) -> None:
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        return
    kind = sql.SQL("LOGIN" if login else "NOLOGIN")
    connection.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), kind))


class DatabaseNotReady(Exception):
    """The database lacks something; the message says what to run, or which statement its administrator must give."""


def prepare_roles(connection: "psycopg.Connection[Any]") -> None:
    """As the owner, before migrations: the roles that serve, their rights on tables still to come, the extensions.

    Rights given here are the widest; the migration that makes a table takes back what nobody may do (the audit log
    has neither UPDATE nor DELETE). Repeatable. Raises DatabaseNotReady with the statement for the administrator.
    """
    for role in ROLES:
        _have_role(connection, role)
        for grant in ("GRANT USAGE ON SCHEMA public TO {}", *RIGHTS_AHEAD):
            connection.execute(sql.SQL(grant).format(sql.Identifier(role)))
    _make_extensions(connection)


def _have_role(connection: "psycopg.Connection[Any]", role: str) -> None:
    """Make the role unless it is there, and let us take it."""
    try:
        _make_role(connection, role, login=False)
        usable = connection.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", [role]).fetchone()
        if not usable or not usable[0]:
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))
    except psycopg.errors.InsufficientPrivilege:
        user = connection.info.user
        statements = " ".join(f'CREATE ROLE {name} NOLOGIN; GRANT {name} TO "{user}";' for name in ROLES)
        raise DatabaseNotReady(
            f"The role {user} may not make the roles that serve. As the database's administrator run once, "
            f"leaving out what is there: {statements}"
        ) from None


def take_rights_ahead(connection: "psycopg.Connection[Any]") -> None:
    """As the owner, before a dump that brings its tables' own rights: take back what `prepare_roles` gives ahead."""
    statement = sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON {} FROM {}")
    for kind in ("TABLES", "SEQUENCES"):
        for role in ROLES:
            connection.execute(statement.format(sql.SQL(kind), sql.Identifier(role)))


def _make_extensions(connection: "psycopg.Connection[Any]") -> None:
    for extension in EXTENSIONS:
        try:
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
        except psycopg.errors.InsufficientPrivilege:
            raise DatabaseNotReady(
                f"The role {connection.info.user} may not make the extension {extension}. As the database's "
                f"administrator run once, in this database: CREATE EXTENSION {extension};"
            ) from None
