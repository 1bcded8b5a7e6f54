"""Beliefs about one host: TTFB, rate, failures, the reach of its prior, and how they decay."""
