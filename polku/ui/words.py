"""Dates, times, durations and numbers as people read them, in the active language.

Days follow the Finnish style (`ti 1.12.2026`), times `klo 13.15`. Aware datetimes are shown in Europe/Helsinki.
Spaces inside one unit never break. Every function takes None as "nothing to show" and returns an empty string.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

import phonenumbers
from django.utils.translation import get_language, gettext, ngettext

from polku.kit import localtime

NBSP: Final = "\u00a0"
MINUS: Final = "\u2212"

WEEKDAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "fi": ("maanantai", "tiistai", "keskiviikko", "torstai", "perjantai", "lauantai", "sunnuntai"),
    "sv": ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
WEEKDAYS_SHORT: Final[Mapping[str, tuple[str, ...]]] = {
    "fi": ("ma", "ti", "ke", "to", "pe", "la", "su"),
    "sv": ("må", "ti", "on", "to", "fr", "lö", "sö"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def language() -> str:
    """Return the active language: fi, sv or en."""
    code = (get_language() or "fi").split("-")[0]
    return code if code in WEEKDAYS else "en"


def nbsp(text: object) -> str:
    """Return the text with spaces that do not break: `SHL 36 §`."""
    return "" if text is None else str(text).replace(" ", NBSP)


def local(moment: date | datetime) -> date | datetime:
    """Return an aware datetime in Finnish time; a date or a naive datetime is Finnish already."""
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return localtime.local(moment)
    return moment


def local_day(moment: date | datetime) -> date:
    """Return the Finnish date of a moment."""
    here = local(moment)
    return here.date() if isinstance(here, datetime) else here


def weekday(moment: date | datetime | None) -> str:
    """Return the short weekday: `ti`, `Tue`."""
    return "" if moment is None else WEEKDAYS_SHORT[language()][local_day(moment).weekday()]


def weekday_name(moment: date | datetime | None) -> str:
    """Return the whole weekday: `tiistai`, `Tuesday`."""
    return "" if moment is None else WEEKDAYS[language()][local_day(moment).weekday()]


def weekday_as(moment: date | datetime | None) -> str:
    """Return the weekday as in "on Wednesday": `keskiviikkona`, `på onsdag`, `on Wednesday`."""
    if moment is None:
        return ""
    name = weekday_name(moment)
    return {"fi": f"{name}na", "sv": f"på{NBSP}{name}", "en": f"on{NBSP}{name}"}[language()]


def day(moment: date | datetime | None) -> str:
    """Return `ti 1.12.2026`, in English `Tue 1 Dec 2026`."""
    return "" if moment is None else _day(local_day(moment), weekday(moment), year=True, long=False)


def short_day(moment: date | datetime | None) -> str:
    """Return `ti 1.12.`, in English `Tue 1 Dec`: for days near enough to need no year."""
    return "" if moment is None else _day(local_day(moment), weekday(moment), year=False, long=False)


def long_day(moment: date | datetime | None) -> str:
    """Return `tiistai 1.12.2026`, in English `Tuesday 1 December 2026`: for letters and for reading aloud."""
    return "" if moment is None else _day(local_day(moment), weekday_name(moment), year=True, long=True)


def bare_day(moment: date | datetime | None) -> str:
    """Return `1.12.2026`, in English `1 Dec 2026`: without the weekday."""
    return "" if moment is None else _day(local_day(moment), "", year=True, long=False)


def _day(value: date, name: str, *, year: bool, long: bool) -> str:
    if language() == "en":
        month = MONTHS[value.month - 1] if long else MONTHS[value.month - 1][:3]
        shown = f"{value.day} {month}" + (f" {value.year}" if year else "")
    else:
        shown = f"{value.day}.{value.month}." + (str(value.year) if year else "")
    return nbsp(f"{name} {shown}".strip())


def digits(moment: datetime | None, *, seconds: bool = False) -> str:
    """Return the bare time: `13.15`, `9.05`, with seconds `9.12.40`."""
    if moment is None:
        return ""
    here = local(moment)
    if not isinstance(here, datetime):
        raise TypeError("a date has no time of day")
    return f"{here.hour}.{here.minute:02}" + (f".{here.second:02}" if seconds else "")


def clock_time(moment: datetime | None, *, seconds: bool = False) -> str:
    """Return `klo 13.15`, in Swedish `kl. 13.15`, in English `13.15`."""
    if moment is None:
        return ""
    before = {"fi": f"klo{NBSP}", "sv": f"kl.{NBSP}", "en": ""}[language()]
    return before + digits(moment, seconds=seconds)


def moment(value: datetime | None) -> str:
    """Return day and time: `ti 1.12.2026 klo 13.15`, in English `Tue 1 Dec 2026 at 13.15`."""
    return "" if value is None else f"{day(value)} {_at(value)}"


def short_moment(value: datetime | None) -> str:
    """Return day and time without the year: `ti 1.12. klo 13.15`."""
    return "" if value is None else f"{short_day(value)} {_at(value)}"


def _at(value: datetime) -> str:
    return f"at{NBSP}{clock_time(value)}" if language() == "en" else clock_time(value)


def near_moment(value: datetime | None, *, at: datetime) -> str:
    """Return `tänään klo 16.00`, `huomenna klo 13.15`, otherwise `ke 25.11. klo 13.15`."""
    if value is None:
        return ""
    apart = (local_day(value) - local_day(at)).days
    if apart == 0:
        return gettext("today %(time)s") % {"time": _at(value)}
    if apart == 1:
        return gettext("tomorrow %(time)s") % {"time": _at(value)}
    return short_moment(value) if abs(apart) < 180 else moment(value)


def duration(length: timedelta | int | float | None) -> str:
    """Return `2 h 10 min`, `48 min`, from two days on `3 päivää`; a number is seconds. The sign is left out."""
    if length is None:
        return ""
    minutes = int(abs(_seconds(length)) // 60)
    if minutes < 1:
        return nbsp(gettext("under 1 min"))
    if minutes < 60:
        return f"{minutes}{NBSP}min"
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours}{NBSP}h" + (f"{NBSP}{rest}{NBSP}min" if rest else "")
    return days(minutes // (24 * 60))


def ticking(length: timedelta | int | float | None) -> str:
    """Return a running time with its seconds: `4 min 12 s`, `12 s`, from an hour on as `duration`."""
    if length is None:
        return ""
    seconds = int(abs(_seconds(length)))
    if seconds >= 3600:
        return duration(seconds)
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}{NBSP}min{NBSP}{rest}{NBSP}s" if minutes else f"{rest}{NBSP}s"


def _seconds(length: timedelta | int | float) -> float:
    return length.total_seconds() if isinstance(length, timedelta) else float(length)


def working_days(count: int | None) -> str:
    """Return `7 arkipäivää`, `1 arkipäivä`."""
    if count is None:
        return ""
    return nbsp(ngettext("%(count)s working day", "%(count)s working days", count) % {"count": number(count)})


def days(count: int | None) -> str:
    """Return `73 päivää`, `1 päivä`."""
    if count is None:
        return ""
    return nbsp(ngettext("%(count)s day", "%(count)s days", count) % {"count": number(count)})


def number(value: int | float | None, *, decimals: int | None = None) -> str:
    """Return a number with spaced thousands and, in Finnish and Swedish, a decimal comma: `1 284`, `7,4`."""
    if value is None:
        return ""
    places = (0 if isinstance(value, int) else 1) if decimals is None else decimals
    shown = f"{abs(value):,.{places}f}".replace(",", NBSP)
    if language() != "en":
        shown = shown.replace(".", ",")
    return f"{MINUS}{shown}" if value < 0 else shown


def percent(share: float | None, *, decimals: int = 0) -> str:
    """Return a share of one as percents: 0.94 is `94 %`, in English `94%`. Rounded down, so that 100 % means all."""
    if share is None:
        return ""
    scale = 10**decimals
    # Without the small addition 0.29 * 100 would floor to 28.
    hundredths = int(share * 100 * scale + 1e-9) / scale
    shown = number(hundredths, decimals=decimals)
    return f"{shown}%" if language() == "en" else f"{shown}{NBSP}%"


def share(value: float | None) -> str:
    """Return how much is kept, with one decimal rounded down: 199 of 200 is `99,5 %`, and only all is `100 %`.

    The same in charts, tables and meters, so that they agree with each other and with the goal beside them.
    """
    return percent(value, decimals=0 if value in (0, 1) else 1)


def phone(value: str | None) -> str:
    """Return a phone number as people read it: Finnish ones in groups without the country, `044 000 1942`."""
    if not value:
        return ""
    try:
        parsed = phonenumbers.parse(value, "FI")
    except phonenumbers.NumberParseException:
        return value
    if parsed.country_code != 358:
        return nbsp(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
    national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    head, _, tail = national.partition(" ")
    return nbsp(f"{head} {_grouped(tail.replace(' ', ''))}".strip())


def _grouped(digits_: str) -> str:
    """Group digits in threes from the left; the last group has two to four."""
    groups = [digits_[i : i + 3] for i in range(0, len(digits_), 3)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = ["".join(groups[-2:])]
    return " ".join(groups)


def person(who: object) -> str:
    """Return a person's name: first names and family name, or that the name is not known.

    Takes a plain text, or anything with `first_names`/`given`/`first_name` and `family_name`/`family`/`last_name`.
    """
    if isinstance(who, str):
        return who.strip() or gettext("Name not known")
    first = _first_of(who, "first_names", "given_names", "given", "first_name")
    family = _first_of(who, "family_name", "family", "last_name")
    return " ".join(part for part in (first, family) if part) or gettext("Name not known")


def _first_of(thing: object, *names: str) -> str:
    for name in names:
        value = thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)
        if value:
            return str(value)
    return ""
