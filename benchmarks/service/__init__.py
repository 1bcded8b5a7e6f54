"""How many reports the service takes in over HTTP, how late it answers, and what it uses."""
