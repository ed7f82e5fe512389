"""One attempt at a better model, and the gate it must pass."""
