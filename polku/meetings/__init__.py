"""Stage 5: the meeting that weighs what is needed (SAP-kokous): agenda, clock, criteria, position, minutes.

Takes: a client's locked assessment, put on an agenda by the worker with an own estimate of minutes. Gives: the group's
position with its reasons; a named office-holder decides and signs (`decisions`). What is returned goes back to the
assessment, what does not fit is first in the next meeting.
Law: disqualification (434/2003 27-30 §), minutes as preparation of the decision, not the decision itself.
Finnish: kokous, esityslista, asia, pääsykriteeri, esteellisyys, pöytäkirja.
"""
