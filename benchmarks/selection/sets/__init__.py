"""The sets: for tuning, for a trial, for judging alone, for returning viewers, and families."""
