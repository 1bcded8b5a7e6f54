"""From a release's files to a running service: the lines that the docs name, typed and timed."""
