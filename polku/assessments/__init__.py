"""The assessment of service needs: one shared form in every region, filled in by several people.

Takes an open case (cases) and what was told in its contacts; gives a locked assessment, measures and a plan in force to
meetings and decisions. 1301/2014 36-37, 39 §; palvelutarpeen arvio, asiakassuunnitelma; bedömning av servicebehovet,
klientplan.

`forms` is the form engine, without a database. `actions` is the life of an assessment, `answering` one answer in it;
`queries`, `pages` and `document` read; `measures` are instruments filled in, `plans` the client plan.
"""
