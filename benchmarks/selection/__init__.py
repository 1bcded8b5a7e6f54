"""A trace-driven simulator in which all policies of choosing a host play the same viewers.

Read in this order:

- `viewer.policy`: the interface of a policy
- `world`: `traces`, `scenario`, `world` say what a viewer's hosts are like, second by second;
  `network` moves concurrent transfers over shared links
- `viewer`: `courier` carries a plan out, `player` plays a video
- `judging`: `metrics`, `experiment`, `cells` score the policies and store the scores; `report` and
  `pictures` make the page (`story` and `timeline` show one visit; `svg` draws)
- `policies`: ours, the peers, the oracles, the ablations; `tune` chooses the peers' settings
- `sets`: the scenarios, as `tuning`, `trial`, `judging` and `returning` set, and the `families`,
  whose every viewer has a world of his own (`world.family`)
- `faults`: the judging set with more and with fewer faults

Run `python -m benchmarks.selection --help`; docs/benchmarks.md explains.
"""
