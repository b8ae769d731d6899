"""Where processor time goes: stacks are sampled, given names, and drawn."""
