"""The person (asiakas) and relations between people: names, codes, contact points, protected details, merge.

Takes: what a caller, a form or an authority tells of a person. Gives: one person whatever the number of rows
(`queries.same_person`), search, the one reader of protected details.
Law: clients identified reliably (703/2023 8 §), what is recorded of a person (38 §), ban on disclosure
(turvakielto, 661/2009 36-37 §).
Finnish: asiakas, henkilötunnus, turvakielto, edustaja, edunvalvoja, läheinen.
"""
