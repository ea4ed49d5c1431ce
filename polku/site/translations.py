"""Catalogues: one per app, `python -m polku.site.translations extract|compile|check`."""

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).resolve().parents[1]


def compile_all() -> int:
    """Write every .mo beside its .po; return how many."""
    count = 0
    for po in sorted(PACKAGE.glob("*/locale/*/LC_MESSAGES/*.po")):
        with open(po, "rb") as source, open(po.with_suffix(".mo"), "wb") as target:
            write_mo(target, read_po(source, locale=po.parents[1].name))
        count += 1
    return count


if __name__ == "__main__":
    if sys.argv[1:] == ["compile"]:
        compile_all()
