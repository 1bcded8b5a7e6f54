"""Accuracy of the estimates from noised reports: simulated truths, the service's estimators."""
