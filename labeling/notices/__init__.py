"""Telling brand owners by e-mail or webhook: an outbox that is worked off until the other side has it."""
