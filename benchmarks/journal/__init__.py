"""Load test of the journal: throughput, latency, CPU time and memory."""
