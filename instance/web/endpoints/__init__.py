"""The endpoints, one part of the service in each file, declared beside their handlers."""
