"""What shoppers may see, and why."""
