"""How well noised reports tell the truth: from known truths, with the real estimators."""
