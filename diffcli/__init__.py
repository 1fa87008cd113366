"""Differentiate expressions: exact gradients of the formulas in a text file."""

__version__ = "0.1.0"
