"""My day, my settings, help, undelivered messages, the team's settings."""
