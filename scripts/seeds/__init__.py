"""Runs many seeds of the simulation, and shows one."""
