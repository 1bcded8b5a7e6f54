"""One file for each command: what it takes, and how it is run."""
