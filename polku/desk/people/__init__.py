"""Search and the person's page: details, relations, duplicates."""
