"""A training run: steps and epochs over data, what is told while it runs, and what is kept."""
