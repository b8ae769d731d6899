"""The parts of the soak: load generator, subscribers, audits and report.

`scripts/soak.py` puts them together. `flow` decides what to do next, a lane (`rest` or `mesh`)
carries it, a `worker` drives one connection, `record` and `samples` keep what was seen, and
`audits` judges it against the evidence that `evidence` collects.
"""
