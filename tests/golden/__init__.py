"""Golden renderings: what the formats looked like when they were last reviewed.

`python -m tests.golden.update` writes them anew; they are reviewed and never edited.
"""
