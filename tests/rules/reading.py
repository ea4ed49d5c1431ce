"""Reads days as the case files write them: `ti 24.11.2026`, with the weekday checked."""

from datetime import date, time

WEEKDAYS = ("ma", "ti", "ke", "to", "pe", "la", "su")


def day(text: str) -> date:
    """Return the day; a wrong weekday is a mistake in the case."""
    weekday, numbers = text.split(" ", 1)
    d, m, y = (int(part) for part in numbers.split("."))
    found = date(y, m, d)
    assert WEEKDAYS[found.weekday()] == weekday, f"{text}: that day is {WEEKDAYS[found.weekday()]}"
    return found


def moment(text: str) -> tuple[date, time]:
    """Return the local day and time of `ti 5.1.2027 22.40`."""
    day_text, hour = text.rsplit(" ", 1)
    hours, minutes = (int(part) for part in hour.split("."))
    return day(day_text), time(hours, minutes)
