"""The brand owner's pages: their places, and the tags that land there."""
