"""The models that are compared: ours, and the peers."""
