"""Pages: an assessment with its parts, its life from beginning to lock, measures, plans, and the register of forms."""
