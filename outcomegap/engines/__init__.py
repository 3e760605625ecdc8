"""Engines: each runs programs somewhere; none knows another."""
