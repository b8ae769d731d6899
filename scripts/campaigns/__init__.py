"""Long runs in several processes: what simulate.py and compare.py have in common."""
