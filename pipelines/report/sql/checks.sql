-- The verdict on the newest plan of the connection, and whose run it was.
SELECT run_id, passed, checks, judged_at FROM {verdict} ORDER BY judged_at DESC LIMIT 1
