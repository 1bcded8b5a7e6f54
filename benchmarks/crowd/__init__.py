"""Many viewers at once on hosts of finite capacity: herding, oscillation, fairness.

The network, courier and player of each viewer are those of `benchmarks.selection`; only the hosts
are shared. Read in this order:

- `sharing`: max-min fair rates
- `pool`: hosts that many viewers share, and each viewer's network on them
- `scenario`, `crowd`: who arrives when, and the score of a crowd
- `policies`, `report`: ours, the peers, the oracles, and the table

Run `python -m benchmarks.crowd --help`.
"""
