"""What can be measured about Mirrorwise, each measurement with the command that repeats it."""
