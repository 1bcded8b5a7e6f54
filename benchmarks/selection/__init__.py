"""A trace-driven world in which every way of choosing a host is judged on the same viewers.

Read in this order:

- `protocol`: what a policy is asked and told
- `traces`, `scenario`, `world`: what a viewer's hosts are like, second by second
- `network`: concurrent transfers over shared links
- `courier`, `player`: a plan carried out, a video played
- `metrics`, `experiment`, `cells`: what it was worth, for all, and kept in a file
- `report`, `pictures`: the page (`story` and `timeline` tell one visit; `svg` draws)
- `policies`: ours, the peers, the oracles; `tune` chooses the peers' settings
- `tuning`, `trial`, `judging`: the sets of scenarios

Run `python -m benchmarks.selection --help`; docs/benchmarks.md explains.
"""
