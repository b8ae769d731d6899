"""Messages, codes, limits, the codec and the mesh: what every process stands on."""
