"""Who may do what: actors, accounts, organisations, units, memberships, absences, promises, and the permission table.

Takes: a signed-in account or a machine's key. Gives: an Actor, who they are on a day (`queries.who`), and the answers
of `permissions` (require, can, visible_to).
Law: access by task and service given, users and rights registered (act 703/2023 9 §); work-task groups
(decree 457/2024 10 §).
Finnish: toimija, käyttäjätunnus, organisaatio, yksikkö, tehtävä, sijainen, poissaolo, palvelulupaus.
"""
