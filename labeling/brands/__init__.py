"""Whose domain is whose, and what may happen there."""
