"""The HTTP side of the service: who may ask what, how much of it, and the answers."""
