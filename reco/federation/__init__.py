"""What an instance says of its viewers' plays, with noise, and what it learns from others."""
