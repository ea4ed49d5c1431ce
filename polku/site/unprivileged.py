"""Run PostgreSQL when we are root, which it refuses: in a user namespace, else as `nobody` with a copy of its programs.

For an ordinary user everything here is the plain thing: the same folders, the same programs, no wrapping.
"""

import ctypes
import functools
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
LONG_LIVED = Path("/var/tmp")  # noqa: S108  (survives a restart, and `nobody` can reach it)


class PopenOptions(TypedDict, total=False):
    """What subprocess needs so that the child is not root."""

    preexec_fn: Callable[[], None]
    user: int
    group: int
    extra_groups: list[int]
    cwd: str


@functools.cache
def _method() -> str:
    """Return "plain" (not root), "namespace" (root, user namespaces allowed) or "nobody"."""
    if os.geteuid() != 0:
        return "plain"
    try:
        probe = subprocess.run([sys.executable, "-c", ""], preexec_fn=_enter_namespace, capture_output=True)
    except subprocess.SubprocessError:
        return "nobody"
    return "namespace" if probe.returncode == 0 else "nobody"


def changes_owner() -> bool:
    """Return whether PostgreSQL runs as `nobody`, who must own the data."""
    return _method() == "nobody"


def _enter_namespace() -> None:
    """In the child: become nobody in particular, while files still see their owner."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are not allowed here")


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def popen_options(die_with_parent: bool = False) -> PopenOptions:
    """Return the arguments for subprocess that keep PostgreSQL from running as root."""
    method = _method()
    steps: list[Callable[[], None]] = []
    options: PopenOptions = {"cwd": "/"}
    if method == "namespace":
        steps.append(_enter_namespace)
    if method == "nobody":
        nobody = pwd.getpwnam("nobody")
        options |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    if die_with_parent:
        # Changing the user clears the wish, so it comes last.
        steps.append(_die_with_parent)
    if steps:
        options["preexec_fn"] = functools.partial(_take, steps)
    return options


def _take(steps: list[Callable[[], None]]) -> None:
    for step in steps:
        step()


def reachable_home(home: Path) -> Path:
    """Return `home`, or a folder below /var/tmp where `nobody` must own the data and could not reach `home`."""
    home = home.absolute()
    if _method() != "nobody" or all(_open_to_all(parent) for parent in home.parents):
        return home
    return LONG_LIVED / f"polku-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}"


def reachable_binaries(binaries: Path) -> Path:
    """Return `binaries`, or a copy of the whole installation where `nobody` could not read it."""
    if _method() != "nobody" or all(_open_to_all(parent) for parent in (binaries, *binaries.parents)):
        return binaries
    installation = binaries.parent
    mark = f"{installation}-{(binaries / 'postgres').stat().st_mtime_ns}"
    copy = LONG_LIVED / f"polku-postgres-{hashlib.sha256(mark.encode()).hexdigest()[:16]}"
    if not copy.exists():
        partial = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(installation, partial, symlinks=True)
        partial.chmod(0o755)
        partial.rename(copy)
    if copy.lstat().st_uid != 0:
        raise PermissionError(f"{copy} belongs to somebody else; remove it and try again.")
    return copy / "bin"


def make_folder(folder: Path) -> None:
    """Make a folder that only PostgreSQL's user (and root) can enter. Raises PermissionError if it is not ours."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    owner = pwd.getpwnam("nobody").pw_uid if _method() == "nobody" else os.geteuid()
    if _method() == "nobody" and folder.lstat().st_uid == 0:
        os.chown(folder, owner, -1)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != owner:
        raise PermissionError(f"{folder} belongs to somebody else; remove it and try again.")
    folder.chmod(0o700)


def _open_to_all(folder: Path) -> bool:
    return bool(folder.stat().st_mode & 0o001) if folder.exists() else True
