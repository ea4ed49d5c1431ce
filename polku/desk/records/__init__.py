"""Reading a contact and a case: what was said, clocks, path, events."""
