"""Streams of watch events: simulated federations, recorded files, noise."""
