"""The service an operator runs: reports and watch events in; priors, lists and reports out."""
