"""The stages as Dagster assets, generated from mappings and platforms. What a stage does is in ``pipelines``."""
