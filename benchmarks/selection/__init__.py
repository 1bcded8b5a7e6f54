"""A trace-driven world in which every way of choosing a host is judged on the same viewers.

Read in this order:

- `protocol`: what a policy is asked and told
- `traces`, `scenario`, `world`: what a viewer's hosts are like, second by second
- `network`: concurrent transfers over shared links
- `courier`, `player`: a plan carried out, a video played
- `metrics`, `experiment`, `report`: what it was worth, and the table
- `policies`: ours, the peers, the oracles

Run `python -m benchmarks.selection --help`.
"""
