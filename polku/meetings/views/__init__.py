"""Pages: meetings ahead and ended, a meeting before, during and after, an item, proposing, groups, minutes."""
