"""A fictional county of any size, made by calling the real actions on their true dates.

Takes: the county's file, a number of contacts, a number of days, a seed. Gives: a register of invented workers, their
calendars, and lives: contacts, assessments, times, call-backs. With the embedded database it also lets a newcomer sign
in as any of the invented workers; with a real database that page does not exist.
"""
