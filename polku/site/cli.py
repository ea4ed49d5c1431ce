"""The `polku` command line. Each command imports what it needs: `polku law` neither loads Django nor has a database."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 well, 1 not well, 2 wrongly called."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["law"]:
        from polku.rules import command

        return int(command.main(arguments[1:]) or 0)
    parser = _parser()
    wanted, rest = parser.parse_known_args(arguments)
    # Commands with arguments of their own read them themselves.
    if rest and wanted.run not in (_audit, _demo):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    wanted.rest = rest
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "polku.site.settings")
    return _in_words(wanted)


def _in_words(wanted: argparse.Namespace) -> int:
    """Run the command; what the reader can mend is told in a sentence, not in a traceback."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management.base import CommandError
    from django.db import OperationalError

    from polku.site.cluster import ClusterError
    from polku.site.database import DatabaseNotReady

    run: Command = wanted.run
    try:
        return run(wanted)
    except (ImproperlyConfigured, ClusterError, DatabaseNotReady, CommandError) as error:
        print(f"polku {wanted.command}: {error}", file=sys.stderr)
        return 1
    except OperationalError as error:
        said = (str(error).splitlines() or ["no reason given"])[0]
        print(f"polku {wanted.command}: the database does not answer ({said}).", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="polku", description="Client guidance for a wellbeing services county.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    run = commands.add_parser("run", help="the demo: database, web server and worker together")
    run.set_defaults(run=_run)
    _address(run)
    serve = commands.add_parser("serve", help="the web server")
    serve.set_defaults(run=_serve)
    _address(serve)
    serve.add_argument("--workers", type=_count, default=os.environ.get("WEB_WORKERS", "2"), help="web processes")
    worker = commands.add_parser("worker", help="the worker: messages, seals, other jobs")
    worker.set_defaults(run=_worker)
    commands.add_parser("migrate", help="bring the database to this version").set_defaults(run=_migrate)
    check = commands.add_parser("check", help="check settings, and with --facts what is stored")
    check.add_argument("--facts", action="store_true", help="recompute stored derived values and compare")
    check.set_defaults(run=_check)
    account = commands.add_parser("account", help="the first account of an installation, the main user's")
    account.add_argument("username")
    account.add_argument("--name", required=True, help="first and last name")
    account.set_defaults(run=_account)
    backup = commands.add_parser("backup", help="the database and the log's anchors into one file")
    backup.add_argument("file", type=Path)
    backup.set_defaults(run=_backup)
    restore = commands.add_parser("restore", help="a backup into an empty database, and the proof that it is whole")
    restore.add_argument("file", type=Path)
    restore.add_argument("--replace", action="store_true", help="throw away what the database holds")
    restore.set_defaults(run=_restore)
    reset = commands.add_parser("reset", help="throw the demo's database away")
    reset.set_defaults(run=_reset)
    for name, words in (
        ("audit", "the log: `polku audit verify`"),
        ("demo", "invented lives by the real actions"),
    ):
        other = commands.add_parser(name, help=words, add_help=False)
        other.set_defaults(run=_audit if name == "audit" else _demo)
    # Shown in the help only: main() has taken it already.
    commands.add_parser("law", help="deadlines and their reasons; needs no database", add_help=False)
    return parser


def _address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"), help="address to listen on")
    parser.add_argument("--port", type=_port, default=os.environ.get("PORT", "8000"), help="port to listen on")


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: write a number from 1 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes: write 1 to 64")
    return int(text)


def _run(wanted: argparse.Namespace) -> int:
    from polku.site import running

    return running.run(wanted.host, wanted.port)


def _serve(wanted: argparse.Namespace) -> int:
    from polku.site import serving

    return serving.serve(wanted.host, wanted.port, wanted.workers)


def _worker(wanted: argparse.Namespace) -> int:
    from polku.site import database_at_hand, working

    with database_at_hand.database():
        return working.work()


def _migrate(wanted: argparse.Namespace) -> int:
    from polku.site import database_at_hand

    with database_at_hand.database():
        from polku.site.migrating import load_county, migrate

        migrate()
        load_county()
    return 0


def _check(wanted: argparse.Namespace) -> int:
    from polku.site import checking, database_at_hand

    with database_at_hand.database(migrated=wanted.facts):
        return checking.check(facts=wanted.facts)


def _account(wanted: argparse.Namespace) -> int:
    from polku.site import database_at_hand

    with database_at_hand.database(migrated=True):
        from polku.site import account

        return account.first(username=wanted.username, name=wanted.name)


def _backup(wanted: argparse.Namespace) -> int:
    from polku.site import database_at_hand

    with database_at_hand.database():
        from polku.site import backup

        return backup.backup(wanted.file)


def _restore(wanted: argparse.Namespace) -> int:
    from polku.site import database_at_hand

    with database_at_hand.database():
        from polku.site import restore

        return restore.restore(wanted.file, replace=wanted.replace)


def _reset(wanted: argparse.Namespace) -> int:
    from polku.site import running

    return running.reset()


def _audit(wanted: argparse.Namespace) -> int:
    from polku.site import database_at_hand

    with database_at_hand.database(migrated=True):
        from polku.audit import command

        return int(command.main(wanted.rest) or 0)


def _demo(wanted: argparse.Namespace) -> int:
    from polku.site import database_at_hand

    with database_at_hand.database(migrated=True):
        from polku.demo import command
        from polku.site.context import working

        return command.main(wanted.rest, working=working)


if __name__ == "__main__":
    sys.exit(main())
