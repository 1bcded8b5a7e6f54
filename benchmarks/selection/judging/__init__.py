"""Running every policy in the same worlds, scoring, and the pages of results."""
