"""Stage 1: a contact arrives (yhteydenotto), whatever the channel.

Takes: a call, a form, a notification, a visit. Gives: a contact with its people, what was said, its clocks and its
result; a call-back agreed on; a case when one is opened.
Law: a matter becomes pending (1301/2014 34 §); contact with consent and notification of need (35 §); urgent need
assessed at once (36.1 §); facts had from others are recorded with their source (703/2023 39 §).
Finnish: yhteydenotto, ilmoitus, ilmoittaja, takaisinsoitto, palvelulupaus.
"""
