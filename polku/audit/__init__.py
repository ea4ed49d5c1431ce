"""The log of reads and changes (käyttöloki, luovutusloki): who, what, whose data, when, for what purpose.

Takes: calls from actions and pages, in the caller's transaction. Gives: rows that nobody can change unnoticed, seals
over them, the verification, and the lists of the data-protection officer.
Law: act 703/2023 10 § (fields, kept per register), 11 § (what a client is told), annex (kept 12 years).
Finnish: käyttöloki, luovutusloki, lokimerkintä, sinetti, tietosuojavastaava.

Rows are written unchained, so that writers never wait for each other. Three things guard them:
`marks` (a keyed mark made in the application: a row written past it is found), `seals` (hash chain over the committed
rows, made by a job) and anchors (the chain's head kept outside the database). Actors appear as copied text and id.
"""
