"""Staff pages that span stages: the call desk, the worklist, records of a contact, a case and a person, my day.

Takes: what every stage knows, through its queries. Gives: pages; each post calls one action of the stage that owns it.
Finnish words: puhelutyöpöytä (call desk), työlista (worklist), asia (case), oma päivä (my day).
"""
