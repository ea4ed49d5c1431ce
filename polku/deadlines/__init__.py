"""Running clocks as rows: opened by what happened, met by what was done, explained by the law of their day.

Takes: a work item, the facts told so far and the moment from which to count. Gives: clocks with their last day, the
moment that alarms, act and section, and the sentence in three languages as it was when the clock was opened; and the
work item's `next_due`, written here only.
Law: the rules of `polku.rules`; a statutory clock never pauses, a unit's own promise may; the clock of a social
assistance decision starts anew from the completed application (1412/1997 14 a §).
Finnish: määräaika, määräpäivä, palvelulupaus, keskeytys, kello.
"""
