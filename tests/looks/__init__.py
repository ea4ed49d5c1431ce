"""Looks and hands: every page as each role, in three languages, at every width, by keyboard only (`make looks`)."""
