"""Measures: does the promise hold, for everybody alike.

Takes: contacts, clocks and appointments as they are. Gives: for each promise how many contacts came, how many were
served in time, late or not at all; by week, channel, team, municipality and language; as page, chart, table and CSV.
Source: promise to answer by the next working day; told of the next contact in the first contact; booked and held within
seven working days.
Finnish: seuranta, palvelulupaus, ajoissa, myöhässä, vastaamatta.
"""
