"""Evaluation: playing a stream, scoring the lists, and the pages of results."""
