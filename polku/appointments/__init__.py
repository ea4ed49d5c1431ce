"""Appointments: calendars, free times, and a time booked while the client is on the line.

Takes: a contact or case whose client needs to meet somebody, and the promise day that runs for it. Gives: a time held,
confirmed and told; what the day's worker reads; attendance; a new attempt when nobody came; freed times offered on.
Law: the talk with a worker in 7 working days (1412/1997 14 d §), guidance and its promise (1301/2014 6, 36 §),
a protected address shows no place (613/2019 36 §).
Finnish: ajanvaraus, kalenteri, vapaa aika, varaus, pito, peruminen, siirto, aikaisemman ajan lista, saapumatta.
"""
