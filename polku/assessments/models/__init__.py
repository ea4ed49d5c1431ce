"""Forms, assessments with their answers, measures, plans."""

from polku.assessments.models.assessment import Answer, AnswerBeside, Assessment, FormVersion, Known, Measure
from polku.assessments.models.plan import Goal, Plan, PlannedService

__all__ = [
    "Answer",
    "AnswerBeside",
    "Assessment",
    "FormVersion",
    "Goal",
    "Known",
    "Measure",
    "Plan",
    "PlannedService",
]
