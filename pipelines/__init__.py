"""The flow, stage by stage: extract → harmonize → link → map → plan → validate → write.

Plain Python and SQL. Orchestration lives in ``assets/``; nothing below imports dagster.
"""
