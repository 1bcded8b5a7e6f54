"""The commands, one file each: its arguments, and how it runs."""
