"""The recommender in the service: catalogue, replicas of the model, retention, forgetting."""
