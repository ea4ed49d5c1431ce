"""A migrated cluster, kept from one test run to the next while no migration changes: migrating takes many seconds.

It is made by the real migrations, run by the owner, as `polku migrate` does it. Anything that could make a difference
is in its name, so a changed migration makes a new one.
"""

import hashlib
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from polku.site import unprivileged
from polku.site.cluster import FLEETING, Cluster, find_binaries

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "var" / "tests"
# Two branches may take turns.
KEPT_CLUSTERS = 3


def cluster(home: Path) -> Cluster:
    """Return a cluster for tests: quick, forgetful, gone with its process."""
    return Cluster(home=home, options=tuple(FLEETING.items()), die_with_parent=True)


def lay_out(home: Path) -> bool:
    """Copy a kept migrated cluster to `home`; return False where there is none."""
    kept = KEPT / _name()
    if unprivileged.changes_owner() or not kept.exists():
        return False
    os.utime(kept)
    shutil.copytree(kept, home, symlinks=True)
    return True


def keep(made: Cluster) -> None:
    """Keep a copy of a stopped cluster for the next run; of several runs at once the first one's stays."""
    if unprivileged.changes_owner():
        return
    KEPT.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(dir=KEPT, prefix="new-"))
    shutil.copytree(made.data, new / "data", symlinks=True)
    try:
        new.rename(KEPT / _name())
    except OSError:
        shutil.rmtree(new)
    kept = sorted(KEPT.glob("cluster-*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for old in kept[KEPT_CLUSTERS:]:
        shutil.rmtree(old, ignore_errors=True)


@cache
def _name() -> str:
    # Worked out once, before migrating: a migration written meanwhile must not get its name.
    digest = hashlib.sha256(os.fsencode(find_binaries()))
    sources: list[Any] = [
        ROOT / "requirements-dev.txt",
        *(ROOT / "polku" / "site" / f"{name}.py" for name in ("cluster", "database", "migrating")),
    ]
    sources += [*ROOT.glob("polku/*/migrations/*.py"), *ROOT.glob("polku/**/*.sql")]
    # The forms are published with the county, and are never changed after that.
    sources += [*ROOT.glob("polku/assessments/forms/definitions/*.yaml"), ROOT / "polku/assessments/forms/writing.py"]
    for path in sorted(sources):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return f"cluster-{digest.hexdigest()[:24]}"
