"""What a mirror of many videos costs, and what it serves after kills."""
