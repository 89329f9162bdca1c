-- The journal's entries of what is taken back: which values of which record wait from now on. Inputs: plan, undo_marks. Bound: $undo.
SELECT m.hold_id, 'undone' AS class, CAST(['undone'] AS VARCHAR[]) AS classes, m.entity, m.level, m.item_id, m.location_id, m.target_id, m.sku,
       md5(array_to_string(m.wanted, '|')) AS shown, m.wanted, $undo AS run_id
FROM undo_marks AS m JOIN plan AS p USING (seq)
WHERE p.state = 'planned'
ORDER BY m.seq
