"""What the maps of a simulated scene are worth, since its truth is known."""
