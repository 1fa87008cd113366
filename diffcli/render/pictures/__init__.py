"""The op graph as a picture: one file per format, each a function from a result to text."""
