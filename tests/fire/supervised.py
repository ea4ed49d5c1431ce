"""`polku run` without its invented lives, which would only take time from what is tested.

`python -m tests.fire.supervised 8123` serves on that port until SIGTERM.
"""

import os
import sys

import django


def main(port: int) -> int:
    """Run until stopped; returns the exit status."""
    django.setup()
    from polku.demo import command
    from polku.site import running

    command.CONTACTS = 0
    return running.run("127.0.0.1", port)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "polku.site.settings")
    sys.exit(main(int(sys.argv[1])))
