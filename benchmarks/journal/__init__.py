"""How many reports a journal accepts and counts, how late it answers, and what it uses."""
