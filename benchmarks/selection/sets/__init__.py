"""Which worlds are for tuning, and which are for judging alone."""
