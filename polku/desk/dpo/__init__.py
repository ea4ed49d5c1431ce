"""The data protection officer: emergency openings, refused tries, the log by client, person and time, its guards."""
