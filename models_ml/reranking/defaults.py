"""What a version is fitted with unless somebody says otherwise, in the application and by the command."""

from __future__ import annotations

TOLD_BY = ("always", "similarity", "confidence", "detector", "words", "pairs")
"""What relevance is told by: nothing that shoppers do, and nothing that says outright that people have confirmed the tag."""
FLOOR = 0.3
"""Under this expected gain a product is not moved by what shoppers do; one that people call similar has twice as much."""
SLACK = 0.01
"""How much of nDCG@5 by people's word a version may lose against the usual order."""
