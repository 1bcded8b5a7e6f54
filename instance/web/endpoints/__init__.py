"""The endpoints: one part of the service in each file, each declared beside its handler."""
