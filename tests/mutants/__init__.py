"""Would a test notice? Small faults are put into rules and actions, one at a time, and the tests that run that line must fail."""
