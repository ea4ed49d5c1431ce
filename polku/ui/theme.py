"""A county's own colours, as custom properties in a style sheet of its own: never inline.

Red and amber are not themed: they mean late and soon everywhere.
"""

import re
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Final

HEX: Final = re.compile(r"#[0-9A-Fa-f]{6}")
WHITE: Final = "#FFFFFF"
INK: Final = "#1C2426"


@dataclass(frozen=True)
class Theme:
    """The county's accent, its dark and light sides, and the two middle steps of the map of free times.

    Raises:
        ValueError: a colour is not `#RRGGBB`, or text on it would be hard to read (contrast under 4.5:1).
    """

    accent: str = "#005F66"
    accent_dark: str = "#00454B"
    accent_light: str = "#E9F3F3"
    level_1: str = "#CDE6E7"
    level_2: str = "#8CC5C8"

    def __post_init__(self) -> None:
        """Refuse what could not be read."""
        for one in fields(self):
            if not HEX.fullmatch(getattr(self, one.name)):
                raise ValueError(f"{one.name}: not a colour of the form #RRGGBB")
        pairs = (
            ("accent", WHITE, self.accent),
            ("accent_dark", WHITE, self.accent_dark),
            ("accent_light", self.accent, self.accent_light),
            ("level_1", INK, self.level_1),
            ("level_2", INK, self.level_2),
        )
        for name, text, ground in pairs:
            if contrast(text, ground) < 4.5:
                raise ValueError(f"{name}: text would have a contrast under 4.5:1")

    def css(self) -> str:
        """Return the style sheet: the accent under the design system's names and our own."""
        return (
            ":root{"
            f"--color-bus:{self.accent};--color-bus-dark:{self.accent_dark};--color-bus-light:{self.accent_light};"
            f"--color-coat-of-arms:{self.accent};--color-focus-outline:{self.accent_dark};"
            f"--level-1:{self.level_1};--level-2:{self.level_2}"
            "}\n"
        )

    def version(self) -> str:
        """Return a short mark that changes with the colours, for the address."""
        return sha256(self.css().encode()).hexdigest()[:10]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2: from 1 (same) to 21 (black on white)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
