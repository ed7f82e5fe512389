"""Who works here: users, each with a role."""
