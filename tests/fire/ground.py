"""Makes what the test of kills stands on, in the database of POLKU_VAR: the county, its workers, and machines.

`python -m tests.fire.ground 8` prints the keys of eight machines as JSON.
"""

import json
import os
import sys
from datetime import timedelta

from polku.site import database_at_hand


def main(machines: int) -> None:
    """Migrate, register the county's workers with their calendars, and let machines in."""
    with database_at_hand.database():
        from polku.demo import build
        from polku.kit import clock
        from polku.site.context import working
        from polku.site.migrating import migrate_if_needed
        from tests.fire.machines import let_in

        migrate_if_needed()
        build.register(at=clock.now() - timedelta(days=1), working=working)
        with working():
            keys = [let_in(f"Writer {number}") for number in range(machines)]
    print(json.dumps(keys))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "polku.site.settings")
    main(int(sys.argv[1]))
