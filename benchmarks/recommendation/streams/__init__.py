"""Streams of watch events: invented federations, recorded files, the noise on the way."""
