"""The seven stages, one file each, in the order of the alphabet and of the flow. Each is functions of a Run.

A platform supplies extract, harmonize and write; the mapping supplies map; the rest is here and generic.
"""
