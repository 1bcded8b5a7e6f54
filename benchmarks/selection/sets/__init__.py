"""The sets of scenarios: for tuning, for a trial, for judging alone, for returning viewers."""
