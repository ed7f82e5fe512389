"""What people say: campaigns, assignments, annotations and what they resolve to."""
