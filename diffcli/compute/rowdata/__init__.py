"""A program over the rows of data files: columns in, values and derivatives out, streaming and in bounded memory."""
