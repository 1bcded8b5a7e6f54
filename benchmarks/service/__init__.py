"""Load test of the service over HTTP: throughput, latency, CPU time and memory."""
