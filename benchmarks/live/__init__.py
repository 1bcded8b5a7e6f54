"""Simulated swarms of a live's viewers: what the origin sends, and who stalls."""
