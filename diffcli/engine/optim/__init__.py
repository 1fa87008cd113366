"""The table of optimizers, one a file: update rules in nodes."""

from importlib import import_module

from .optimizer import GENERAL, OPTIMIZERS, RANGES, Moment, Optimizer, Settings

FILES = ("sgd", "adagrad", "adadelta", "rmsprop", "adam", "adamax", "nadam", "ftrl", "lion", "proximal", "whole")

for _file in FILES:
    import_module(f"{__name__}.{_file}")

__all__ = ["GENERAL", "OPTIMIZERS", "RANGES", "Moment", "Optimizer", "Settings"]
