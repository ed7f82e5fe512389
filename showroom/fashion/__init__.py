"""The second vertical of the demo world: people in procedurally sewn clothes, in the street and in the studio."""
