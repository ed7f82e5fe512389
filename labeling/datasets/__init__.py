"""What we train on: pairs and frozen snapshots of them."""
