"""Stage 6: the decision, its letter, how it reaches the client."""
