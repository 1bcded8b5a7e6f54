"""The recommender in the service: what is folded, kept, forgotten and answered."""
