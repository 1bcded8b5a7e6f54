"""The HTTP side of the service: endpoints, authorisation, rate limit, validation, answers."""
