"""What stands around every staff page: county, navigation, the signed-in person, open contacts, the urgent one.

The site fills it: `settings.POLKU_FRAME` names a function that takes the request and returns a `Frame`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

LANGUAGES = (("fi", "Suomi"), ("sv", "Svenska"), ("en", "English"))


@dataclass(frozen=True)
class NavItem:
    """A link of the top row; `key` is a single letter that opens it, if any."""

    label: str
    url: str
    current: bool = False
    key: str = ""


@dataclass(frozen=True)
class OpenContact:
    """A contact that is open, parked or to be called back: one piece of the strip."""

    state: str
    name: str
    url: str
    icon: str = "phone"
    current: bool = False
    since: datetime | None = None


@dataclass(frozen=True)
class Urgent:
    """The urgent work that the duty worker hears of on any page."""

    title: str
    text: str
    url: str
    link: str
    key: str = ""
    client: int | None = None


@dataclass(frozen=True)
class Frame:
    """The frame of one answer. Empty addresses leave their part out.

    `contacts` and `urgent` may be lazy: a page that does not draw them does not ask for them.
    """

    county: str = ""
    nav: Sequence[NavItem] = ()
    search_url: str = ""
    search_text: str = ""
    home_url: str = "/"
    person: str = ""
    person_url: str = ""
    sign_out_url: str = ""
    new_url: str = ""
    contacts: Sequence[OpenContact] = ()
    urgent: Urgent | None = None
    alerts_url: str = ""
    help_phone: str = ""
    help_hours: str = ""
    ribbon: str = ""
