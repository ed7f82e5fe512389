"""The curator's pages, one file a page."""
