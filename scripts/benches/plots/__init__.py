"""Pictures of what the benches find."""
