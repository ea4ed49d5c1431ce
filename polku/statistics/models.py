"""The day book: measures of days that are over, counted once and kept; it can be made anew at any time."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from polku.access.models import Unit


class Book(models.Model):
    """What is kept of a measure: which days of arrival, since when, and how far the timeline had been read.

    `days` are those that are over, their sums in `BookRow`. `ahead` are those of which some contacts have not reached
    their last moment: with the first last moment of all their contacts, before which there is nothing to count.
    `kept_at` is when it was last brought up to date, `made_at` when every day was last counted anew.
    """

    measure = models.CharField(max_length=20, unique=True)
    days = ArrayField(models.DateField(), default=list)
    ahead = models.JSONField(default=dict, db_default={})
    kept_at = models.DateTimeField()
    made_at = models.DateTimeField()
    seen_entry = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(seen_entry__gte=0), name="book_seen_something"),
        ]

    def __str__(self) -> str:
        return self.measure


class BookRow(models.Model):
    """How many contacts of one day, channel, unit, municipality and language came, were served in time or late."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    channel = models.CharField(max_length=20)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    municipality = models.CharField(max_length=3, blank=True)
    language = models.CharField(max_length=20)
    total = models.PositiveIntegerField()
    kept = models.PositiveIntegerField()
    late = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["book", "day", "channel", "unit", "municipality", "language"], name="bookrow_once"
            ),
            models.CheckConstraint(
                condition=models.Q(total__gte=models.F("kept") + models.F("late")), name="bookrow_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.book_id} {self.day}"
