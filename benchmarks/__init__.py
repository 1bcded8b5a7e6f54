"""Benchmarks; each is a command that writes its own page of results."""
