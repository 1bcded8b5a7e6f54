"""The world: hosts, paths, faults and throughput, drawn before anybody has asked."""
