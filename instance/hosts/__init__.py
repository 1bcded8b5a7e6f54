"""Hosts: stored reports, estimates of quality, priors for viewers, redundancy of mirrors."""
