"""The parts of chaos: an exchange of its own, a schedule of faults, who carries them out.

`scripts/chaos.py` puts them together. `schedule` decides from a seed what happens when, `injector`
does it to the `processes` of the `launcher`'s exchange, while `scripts.load` trades; `witness`
holds the journal against what clients were told, and `silence` measures what clients felt.
"""
