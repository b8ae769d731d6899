"""Snapshots on disk: format, folder, and how one is taken while trading goes on."""
