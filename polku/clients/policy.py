"""Who may do what with people. Relations to a client live in `cases`; its policy adds the ties to these actions."""

from polku.access.permissions import permit
from polku.access.states import ActorKind, Role

CARE = (Role.GUIDANCE, Role.SOCIAL_WORKER, Role.COUNSELLOR, Role.NURSE)

# Searching shows a name, a birth year and a municipality, never more; opening a person asks for a relation.
permit("clients.search", roles=(*CARE, Role.LEAD, Role.HEALTH, Role.SECRETARY))
permit(
    "clients.create",
    roles=(*CARE, Role.LEAD, Role.HEALTH),
    scopes=("contacts:write",),
    kinds=(ActorKind.JOB,),
)
permit("clients.merge", roles=(*CARE, Role.LEAD))
