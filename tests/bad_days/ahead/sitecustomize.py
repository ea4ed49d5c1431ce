"""Lets every Python process of a site read its clock by way of a file: how many seconds it is ahead of the true one.

Python imports this by its name when the folder is on its path. Polku has one function that reads the clock.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from polku.kit import clock

FILE = Path(os.environ["BAD_DAYS_CLOCK"])
LOOK_SECONDS = 0.2
_read = {"at": -1.0, "ahead": 0.0}


def now() -> datetime:
    """Return the moment that the file makes of the true one."""
    if time.monotonic() - _read["at"] > LOOK_SECONDS:
        _read.update(at=time.monotonic(), ahead=float(FILE.read_text()))
    return datetime.now(UTC) + timedelta(seconds=_read["ahead"])


clock.now = now
