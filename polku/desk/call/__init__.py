"""The call desk: one contact being talked, from who calls to the time read aloud."""
