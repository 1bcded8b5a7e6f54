"""Mirrorwise: which host serves a viewer best, and what to watch next, on one's own instance."""
