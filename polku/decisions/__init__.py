"""Decisions, the letters that carry them, and how they reach the client.

Takes a client's matter that has been assessed and, for housing, weighed in a meeting. Gives a signed decision with
every part that the law demands, its letter in the client's language, its delivery and the review period.

Law: hallintolaki 434/2003 43-62 §, sosiaalihuoltolaki 1301/2014 45-46 and 50 §. Finnish words: päätös, tiedoksianto.
"""
