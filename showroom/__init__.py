"""The demo world: home-decor products and the rooms they stand in, made from numbers alone, with exact ground truth."""
