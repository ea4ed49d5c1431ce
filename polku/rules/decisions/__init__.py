"""What a decision in social welfare must hold, in whose words, and by when it can be taken up again.

Takes plain values: the service, the outcome, what has been written in each part, texts in two languages, the way of
delivery. Gives the parts that are missing (`parts`), the standard words of a letter in Finnish and Swedish (`words`),
where two languages say different things (`parity`), hints for plain writing (`plain`), the review period (`review`).

Law: hallintolaki 434/2003 43-49 §, sosiaalihuoltolaki 1301/2014 45-46 and 50 §, laki 703/2023 45 §.
Finnish words: päätös, asianosainen, perustelut, oikaisuvaatimusohje, tiedoksianto.
"""
