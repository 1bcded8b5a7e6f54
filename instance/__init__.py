"""The service an operator runs: reports in, aggregates and priors out."""
