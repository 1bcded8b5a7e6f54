"""What instances gain from each other's statements, on simulated federations."""
