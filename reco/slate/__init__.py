"""From scores to the slate that is shown: filters, diversity, places for chance and for news."""
