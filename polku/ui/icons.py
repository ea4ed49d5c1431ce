"""Icons, drawn here on a grid of 24 with a line of 2; always beside words, so hidden from readers.

They are written into the page: no request of their own, and they take the colour of the text.
"""

from functools import cache
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

CIRCLE: Final = '<circle cx="12" cy="12" r="9"/>'
FULL: Final = '<circle class="solid" cx="12" cy="12" r="10"/>'

ICONS: Final[dict[str, str]] = {
    "alert": '<path d="M12 3.5 21.5 20h-19z" stroke-linejoin="round"/><path d="M12 10v4.5M12 17v.2"/>',
    "alert-fill": '<path class="solid" d="M12 2.5 22.5 21h-21z"/><path class="hole" d="M12 10v4.5M12 17.3v.2"/>',
    "ban": CIRCLE + '<path d="m6 6 12 12"/>',
    "bell": '<path d="M6 17V11a6 6 0 0 1 12 0v6M4 17h16M10.5 20.5h3"/>',
    "calendar": '<path d="M4 6h16v14H4zM4 10.5h16M8 3.5V7M16 3.5V7"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "check-circle": CIRCLE + '<path d="m8 12.3 2.8 2.8L16 9.9"/>',
    "check-circle-fill": FULL + '<path class="hole" d="m7.8 12.3 3 3 5.4-5.6"/>',
    "chevron-down": '<path d="m6.5 9.5 5.5 5.5 5.5-5.5"/>',
    "chevron-left": '<path d="M14.5 6.5 9 12l5.5 5.5"/>',
    "chevron-right": '<path d="M9.5 6.5 15 12l-5.5 5.5"/>',
    "clock": CIRCLE + '<path d="M12 7v5.2l3.2 2"/>',
    "cross": '<path d="m6 6 12 12M18 6 6 18"/>',
    "document": '<path d="M6 3.5h8l4 4v13H6zM9 12h6M9 16h6"/>',
    "exclamation": CIRCLE + '<path d="M12 7.5v5M12 16v.2"/>',
    "exclamation-fill": FULL + '<path class="hole" d="M12 7v6M12 16.8v.2"/>',
    "globe": CIRCLE + '<path d="M3.5 12h17M12 3.2c-5 5-5 12.6 0 17.6M12 3.2c5 5 5 12.6 0 17.6"/>',
    "house": '<path d="m3.5 11.5 8.5-8 8.5 8M6 9.5V20h12V9.5M10 20v-6h4v6"/>',
    "info": CIRCLE + '<path d="M12 11v5.5M12 7.8V8"/>',
    "key": '<circle cx="7.5" cy="15.5" r="4"/><path d="m10.5 12.5 8-8M15.5 7.5l3 3"/>',
    "list": '<path d="M8.5 6H20M8.5 12H20M8.5 18H20M4 6h.2M4 12h.2M4 18h.2"/>',
    "lock": '<path d="M6 10.5h12V20.5H6zM8.5 10.5V7a3.5 3.5 0 0 1 7 0v3.5M12 14.5v2"/>',
    "mail": '<path d="M3.5 5.5h17v13h-17zM4 6.5l8 6.5 8-6.5"/>',
    "menu": '<path d="M3.5 6h17M3.5 12h17M3.5 18h17"/>',
    "offline": '<path d="M3 9.5a13 13 0 0 1 14-2.8M20.5 9.3l.5.4M6.2 13a8.5 8.5 0 0 1 5-2.3M16.8 12.3l1 .8'
    'M9.3 16.3a4 4 0 0 1 2-.9M12 19.3v.2M4 21 20.5 3.5"/>',
    "pause": '<path class="solid" d="M7 5h3.2v14H7zM13.8 5H17v14h-3.2z"/>',
    "pen": '<path d="m4 20 1-4.5L16 4.5l3.5 3.5-11 11zM13.5 7l3.5 3.5"/>',
    "people": '<circle cx="9" cy="8" r="3.5"/><path d="M3 19.5c0-8 12-8 12 0M15.5 5.2a3 3 0 0 1 0 5.7M17.5 14'
    'c2.5.6 3.5 2.6 3.5 5.5"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c0-9 15-9 15 0"/>',
    "phone": '<path d="M4 4.5h4l2 5-2.5 1.8c1 2.3 2.9 4.2 5.2 5.2l1.8-2.5 5 2v4C11 20.7 3.3 13 4 4.5z" '
    'stroke-linejoin="round"/>',
    "pin": '<path d="M12 21c-5-5.5-7-8.3-7-11.3a7 7 0 0 1 14 0c0 3-2 5.8-7 11.3z"/><circle cx="12" cy="9.8" r="2.3"/>',
    "plus": '<path d="M12 4.5v15M4.5 12h15"/>',
    "print": '<path d="M7 8.5v-5h10v5M7 16.5H3.5v-8h17v8H17M7 13.5h10v7H7z"/>',
    "refresh": '<path d="M19.5 12a7.5 7.5 0 1 1-2.5-5.6L19.5 9M19.5 4v5h-5"/>',
    "search": '<circle cx="14" cy="10" r="6"/><path d="m9.5 14.5-6 6"/>',
    "swap": '<path d="M4 8.5h15M15.5 5l3.5 3.5-3.5 3.5M20 15.5H5M8.5 12 5 15.5 8.5 19"/>',
    "video": '<path d="M3.5 6.5h11.5v11H3.5zM15 11l5.5-3.5v9L15 13z"/>',
}
DRAWN: Final = {name: mark_safe(shape) for name, shape in ICONS.items()}  # noqa: S308 (constants)


@cache
def icon(name: str, size: int = 24) -> SafeString:
    """Return the icon as SVG.

    Raises:
        KeyError: no icon has the name.
    """
    return format_html(
        '<svg class="icon" width="{0}" height="{0}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{1}</svg>',
        size,
        DRAWN[name],
    )
