"""What is kept of what was acknowledged, when every part is killed or restarted under load."""
