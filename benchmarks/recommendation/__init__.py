"""How well the recommender finds what viewers watch next, and what that costs.

Read in this order:

- `federation`, `audience`: a made-up federation, and its viewers at work
- `stream`: what comes out, or from a file: videos and watch events
- `prequential`: rank, then learn; `metrics`: what that was worth
- `ours`, `peers`, `models`: who is judged; `tune` chose the peers' settings
- `cells`: one model in one stream, run in processes and kept in files
- `coin`: noise; `curve`: at what scale; `attack`: fake viewers
- `report`, `pictures`: the page

Run `python -m benchmarks.recommendation --help`.
"""
