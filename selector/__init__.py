"""Choosing, for every segment, the host that serves this viewer best."""
