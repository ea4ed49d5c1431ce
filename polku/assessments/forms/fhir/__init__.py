"""Forms as FHIR R4: Questionnaire to and from a definition, QuestionnaireResponse to and from answers.

Both ways give a list of `Loss`es: everything that the other form cannot hold is named with its place, nothing is left
out silently. Sources: https://hl7.org/fhir/R4/questionnaire.html, https://hl7.org/fhir/R4/questionnaireresponse.html
and the structured data capture guide, https://hl7.org/fhir/uv/sdc/. No FHIR library: the part of FHIR that is read is
small, and what lies outside it has to be named, which a library that drops or refuses it cannot do.
"""

from polku.assessments.forms.fhir.questionnaire_in import definition_of
from polku.assessments.forms.fhir.questionnaire_out import questionnaire_of
from polku.assessments.forms.fhir.responses import answers_of, response_of

__all__ = ["answers_of", "definition_of", "questionnaire_of", "response_of"]
