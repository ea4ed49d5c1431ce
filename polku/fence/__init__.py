"""The fence behind every page: row security in the database (docs/adr, "Row security behind every page").

Takes nothing but the tables of the stages. Gives functions and policies, as migrations: what the role of a request
cannot see, no query shows, however it is written. Each stage's own rules stay exact and stay in its `policy.py`; the
fence is wider than every one of them and narrower than the register.
Law: whoever handles client data sees what their tasks require (703/2023 9 §, 457/2024 10 §; data protection by design,
EU 2016/679 art. 25).
Finnish: rivitason suojaus.
"""
