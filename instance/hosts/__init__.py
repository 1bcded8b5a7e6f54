"""What the service knows of hosts: stored reports, estimates of quality, priors for viewers."""
