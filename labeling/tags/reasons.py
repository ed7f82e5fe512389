"""Why a tag is in its state, in words that rules read again. Pure."""

WITHDRAWN = "The owner of the place wants no tags."
HELD = "Waits for the owner of the place."
OPENED = "The owner of the place lets tags go live."
STOPPED = "Automation was stopped: "
