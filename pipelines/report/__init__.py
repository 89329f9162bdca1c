"""The report of a connection: what its last run found, did, left alone and waits for, as one HTML file.

Reads the warehouse only; what is in it is the stages' business.
"""

from pipelines.report.render import render_report

__all__ = ["render_report"]
