"""Forms as data: versioned definitions, their conditions, answers to them, and both as FHIR R4. No Django, no database.

`reading.read` makes a `Definition` of plain data and names everything that is wrong with it at once; `conditions` says
what is shown; `answers` checks an answer and says what is missing; `compare` lays two assessments side by side; `fhir`
takes in and gives out Questionnaire and QuestionnaireResponse; `shipped` holds the definitions that come with Polku.
"""
