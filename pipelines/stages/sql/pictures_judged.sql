-- Addresses of pictures that are not handed to the store, by product. Inputs: source_images, macro picture_refusal.
INSERT INTO cleaned
SELECT 'images', 'url', product_id, NULL, count(*) FILTER (refusal IS NOT NULL) = count(*),
       count(*) FILTER (refusal IS NOT NULL) || ' of ' || count(*) || ' pictures not sent: '
       || array_to_string(list_sort(list_distinct(list(refusal) FILTER (refusal IS NOT NULL))), ', ')
FROM (SELECT product_id, picture_refusal(url) AS refusal FROM source_images WHERE deleted_at IS NULL) AS judged
GROUP BY product_id
HAVING count(refusal) > 0;
