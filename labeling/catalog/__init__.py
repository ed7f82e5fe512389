"""What exists: verticals, categories, brands, products and scenes."""
