"""How a video is scored: features, learned weights, drift detection, explanations."""
