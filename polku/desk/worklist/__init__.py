"""The worklist: what waits, by time left."""
