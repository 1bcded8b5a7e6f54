"""Many viewers at once on hosts of finite capacity: herding, oscillation, fairness.

One viewer's network, courier and player are those of `benchmarks.selection`; only the hosts
are shared. Read in this order:

- `sharing`: who gets how much of what
- `pool`: hosts that many viewers share, and one viewer's seat at them
- `scenario`, `crowd`: who comes when, and what it was like
- `policies`, `report`: ours, the peers, the oracles, and the table

Run `python -m benchmarks.crowd --help`.
"""
