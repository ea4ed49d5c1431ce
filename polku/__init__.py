"""Polku: from first contact to a place to live, for the client guidance of a wellbeing services county."""
