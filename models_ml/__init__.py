"""The model side of Looktag: detect, embed, search, rank, train. It knows no Django, no database and no network."""
