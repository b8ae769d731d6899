"""The REST gateway: HTTP and JSON outside, the mesh and SQL inside."""
