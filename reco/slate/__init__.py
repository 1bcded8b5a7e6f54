"""From scores to the slate that is shown: filters, diversity, slots for exploration."""
