"""Looks in order, and what people do with them."""
