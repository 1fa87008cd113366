"""Measures diffcli beside its peers: python -m tests.benchmarks --help."""
