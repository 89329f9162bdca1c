"""Measurements as ratios in one run. ``make bench`` runs them all; nothing here is a test (`design.md` §9)."""
