"""TSV: cells divided by tabs, a header line; quoted like CSV where a cell holds a tab, a quote or a line end."""

from __future__ import annotations

from functools import partial

from .delimited import Part as DelimitedPart
from .delimited_writer import Writer as DelimitedWriter

Part = partial(DelimitedPart, delimiter="\t")
Writer = partial(DelimitedWriter, delimiter="\t")
