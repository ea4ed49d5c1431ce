"""By when what was decided must be carried out, and whether a day needs a recorded special reason."""

from datetime import date

from polku.rules.deadlines import Deadline, compute


def limit(initiated_on: date, *, need_established_on: date | None = None) -> Deadline:
    """Return the nearest limit for carrying out a decision, with what explains it.

    Args:
        initiated_on: the day on which the matter became pending; three months from it (1301/2014 45 § 2 mom.), whenever
            the decision itself is made.
        need_established_on: for psychosocial support of a person under 23: the day on which the need was established;
            one month from it (45 § 3 mom.), when that is sooner.

    Raises:
        OutOfCalendar: a day is outside the calendar.
    """
    found = compute("decision_exec", initiated_on)
    if need_established_on is None:
        return found
    month = compute("exec_under23", need_established_on)
    assert found.last_day is not None and month.last_day is not None, "both rules have a number"
    return month if month.in_force and month.last_day < found.last_day else found


def is_late(by: date, found: Deadline) -> bool:
    """Say whether a service that begins on `by` begins after the limit: then a special reason must be recorded."""
    return found.last_day is not None and by > found.last_day
