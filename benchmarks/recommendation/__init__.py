"""Quality and speed of the recommender, compared with other recommenders on the same streams.

Read in this order:

- `streams`: `federation` and `audience` simulate a federation and its viewers; `stream` holds the
  videos and watch events, simulated or from a file; `randomised_response` adds the noise
- `models`: `recommender` is the interface, `ours` and `peers` implement it, `registry` names all;
  `tune` chooses the peers' settings
- `judging`: `prequential` ranks, then learns; `metrics` scores; `cells` runs one model on one
  stream, in processes, and stores the run; `curve` is the learning curve, `attack` adds fake
  viewers; `report` and `pictures` make the page
- `speed`: time and memory

Run `python -m benchmarks.recommendation --help`.
"""
