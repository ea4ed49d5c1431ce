"""The assessment of service needs: one shared form in every region, filled in by several people.

Gives the forms as data (`polku.assessments.forms`) and an assessment that is locked when it is ready; 1301/2014 36-37 §, palvelutarpeen arviointi, bedömning av
servicebehovet.
"""
