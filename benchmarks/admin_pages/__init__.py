"""How long each page of the admin takes at the size of a real shop."""
