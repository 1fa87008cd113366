"""Least squares: from a model and data, or a loss that is a sum of squares, to parameters with their uncertainty."""
