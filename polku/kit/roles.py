"""Names of the database's roles that nobody logs in as; both own nothing.

Requests read as `FENCED`, to whom row security shows only rows about clients in the reader's reach, and who writes
none of them. Actions, jobs and commands work as `SERVING`.
"""

SERVING = "polku_serving"
FENCED = "polku_fenced"
