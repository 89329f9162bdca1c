"""Rows written to the till: what is sent, what comes of it, what a lost answer leaves behind."""
