"""The bench: lives by the real actions, copied to a million contacts, and every operation beside its floor.

Takes: sizes, a folder. Gives: a table and JSON of what ours and bare SQL take, in the same run on the same database
(`make bench`, docs/performance.md).
"""
