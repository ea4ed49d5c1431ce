"""The fonts of letters: vendored files, never the system's, and which characters they hold.

Read here before anybody signs: a letter that a font lacks would be an empty box on paper.
"""

import struct
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "fonts"
# In the order in which they are tried. Each family must hold a letter in every weight that is printed.
FAMILIES = ("Source Sans 3", "Noto Sans Arabic")

_INVISIBLE = frozenset("\n\u00a0\u200b\u200c\u200d\u200e\u200f\u2060")  # typesetting needs no glyph for these


def lacking(texts: Iterable[str]) -> list[str]:
    """Return the characters that no font of letters holds, in the order in which they first stand in the texts."""
    held = coverage()
    seen: dict[str, None] = {}
    for text in texts:
        for character in unicodedata.normalize("NFC", text):
            if ord(character) not in held and character not in _INVISIBLE:
                seen[character] = None
    return list(seen)


def named(characters: Iterable[str]) -> str:
    """Return characters as a sentence lists them, with their names where they cannot be seen."""
    told = []
    for character in characters:
        name = unicodedata.name(character, f"U+{ord(character):04X}")
        told.append(f"”{character}” ({name})" if character.isprintable() else name)
    return ", ".join(told)


@cache
def coverage() -> frozenset[int]:
    """Return the code points that the fonts hold in all their weights, family by family."""
    families: dict[str, set[int]] = {}
    for path in sorted(FOLDER.glob("*.ttf")):
        held = _characters(path.read_bytes())
        family = path.stem.partition("-")[0]
        families[family] = families[family] & held if family in families else held
    return frozenset().union(*families.values())


def _characters(font: bytes) -> set[int]:
    """The code points of a TrueType font: its Unicode character map (`cmap`), format 4 or 12."""
    (count,) = struct.unpack_from(">H", font, 4)
    tables = {font[at : at + 4]: struct.unpack_from(">I", font, at + 8)[0] for at in range(12, 12 + 16 * count, 16)}
    cmap = tables[b"cmap"]
    (maps,) = struct.unpack_from(">H", font, cmap + 2)
    found: set[int] = set()
    for at in range(cmap + 4, cmap + 4 + 8 * maps, 8):
        platform, encoding, offset = struct.unpack_from(">HHI", font, at)
        if (platform, encoding) in ((0, 3), (0, 4), (0, 6), (3, 1), (3, 10)):
            found |= _map(font, cmap + offset)
    return found


def _map(font: bytes, at: int) -> set[int]:
    (kind,) = struct.unpack_from(">H", font, at)
    if kind == 12:
        (groups,) = struct.unpack_from(">I", font, at + 12)
        spans = [struct.unpack_from(">II", font, at + 16 + 12 * n) for n in range(groups)]
        return {code for first, last in spans for code in range(first, last + 1)}
    if kind != 4:
        return set()
    (segments,) = (struct.unpack_from(">H", font, at + 6)[0] // 2,)
    lasts = struct.unpack_from(f">{segments}H", font, at + 14)
    firsts = struct.unpack_from(f">{segments}H", font, at + 16 + 2 * segments)
    deltas = struct.unpack_from(f">{segments}h", font, at + 16 + 4 * segments)
    ranges_at = at + 16 + 6 * segments
    ranges = struct.unpack_from(f">{segments}H", font, ranges_at)
    found = set()
    for n, (first, last, delta, shift) in enumerate(zip(firsts, lasts, deltas, ranges, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code
            if shift:
                (glyph,) = struct.unpack_from(">H", font, ranges_at + 2 * n + shift + 2 * (code - first))
                if glyph == 0:
                    continue
            if (glyph + delta) & 0xFFFF:
                found.add(code)
    return found
