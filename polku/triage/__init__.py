"""Stage 2: first assessment, direction, and the one worklist.

Takes: a contact. Gives: its urgency with the criteria and grounds, whether an assessment of service needs is due and
which clocks run, the team it belongs to and why; the worklist of everything somebody must do.
Law: urgent need assessed at once (1301/2014 36.1 §), assessment of service needs (36-37 §), the officer decides and
the system proposes (434/2003 53 e §).
Finnish: ensiarvio, kiireellisyys, ohjautuminen, työlista, sijaistaminen.
"""
