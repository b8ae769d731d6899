"""The benches: each measures a part of Tickmesh beside a yardstick, in turns, in one run."""
