"""Time left, in words and tone: the same on every page.

Red is late or urgent, amber is today and under the warning time (or the last day), ink is time enough, teal with a
tick is met. The stage that owns the clock gives the facts and the sentence of the law; this gives them a face.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from django.utils.translation import pgettext

from polku.ui import words

Tone = Literal["none", "soon", "late", "met", "hold", "noday"]
SOON: Final = timedelta(hours=3)
ICONS: Final[dict[str, str]] = {
    "none": "clock",
    "soon": "clock",
    "late": "exclamation-fill",
    "met": "check-circle",
    "hold": "pause",
    "noday": "info",
}


@dataclass(frozen=True)
class Clock:
    """One clock as shown: how much is left, of what, until when and why."""

    tone: Tone
    time: str
    word: str = ""
    what: str = ""
    until: str = ""
    why_url: str = ""
    due: datetime | None = None

    @property
    def icon(self) -> str:
        """The icon that stands beside the words."""
        return ICONS[self.tone]

    @property
    def line(self) -> str:
        """Time and word on one line as in a list: `2 h 18 min jäljellä`, `Myöhässä 17 h`."""
        if self.tone == "late" and self.word == pgettext("clock", "late"):
            return pgettext("clock", "Late %(time)s") % {"time": self.time}
        return f"{self.time} {self.word}".strip()

    @property
    def colour(self) -> bool:
        """Whether the row has colour, and so an icon."""
        return self.tone in ("soon", "late", "met", "hold")


def face(
    *,
    at: datetime,
    due: datetime | date | None,
    working_days: int | None = None,
    met: bool = False,
    waiting: bool = False,
    urgent: bool = False,
    soon: timedelta = SOON,
    soon_days: int = 0,
    what: str = "",
    until: str = "",
    why_url: str = "",
) -> Clock:
    """Return the clock's tone and words.

    `due` is the last moment (a promise with an hour) or the last day (a statutory date); None means that the law
    gives no day. `working_days` is how many working days are left after today, when the clock counts in them.
    `waiting` is a clock that stands (paused, on hold). `urgent` is red although there is time. Under `soon` before
    the last moment, or at most `soon_days` days before the last day, the tone is soon.
    """
    tone, time, word = _words(
        at=at, due=due, working_days=working_days, met=met, waiting=waiting, soon=soon, soon_days=soon_days
    )
    if urgent and tone in ("none", "soon"):
        tone = "late"
    moment = due if isinstance(due, datetime) else None
    return Clock(tone=tone, time=time, word=word, what=what, until=until, why_url=why_url, due=moment)


def _words(
    *,
    at: datetime,
    due: datetime | date | None,
    working_days: int | None,
    met: bool,
    waiting: bool,
    soon: timedelta,
    soon_days: int,
) -> tuple[Tone, str, str]:
    if met:
        return "met", pgettext("clock", "Met"), ""
    if waiting:
        return "hold", pgettext("clock", "Waiting"), ""
    if due is None:
        return "noday", pgettext("clock", "No set day"), ""
    left = pgettext("clock", "left")
    if isinstance(due, datetime):
        if due <= at:
            return "late", _late(at - due), pgettext("clock", "late")
        if words.local_day(due) == words.local_day(at):
            return ("soon" if due - at <= soon else "none"), words.duration(due - at), left
    days = (words.local_day(due) - words.local_day(at)).days
    if days < 0:
        return "late", words.days(-days), pgettext("clock", "late")
    if days == 0:
        return "soon", pgettext("clock", "Today"), pgettext("clock", "is the last day")
    tone: Tone = "soon" if (days if working_days is None else working_days) <= soon_days else "none"
    return tone, (words.days(days) if working_days is None else words.working_days(working_days)), left


def _late(length: timedelta) -> str:
    """Late by minutes under an hour, by whole hours under two days, then by days."""
    seconds = int(length.total_seconds())
    if 3600 <= seconds < 48 * 3600:
        return words.duration(seconds // 3600 * 3600)
    return words.duration(seconds)
