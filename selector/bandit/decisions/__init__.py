"""Decisions made from beliefs: which host, when to hedge or rescue, how to split a range."""
