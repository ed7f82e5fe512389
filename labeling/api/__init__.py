"""The REST face: parse, permit, call a service, respond."""
