"""Compiles the hot modules: docs/decisions/0021-compiled-build.md says why and how."""
