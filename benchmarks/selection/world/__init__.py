"""The simulated world: hosts, paths, faults and throughput, drawn before any request."""
