-- What versions a read brought. One row: the highest, the next below it, the highest that JSON has exactly, and how many it has not.
-- Input: {landing}.
SELECT max(version) AS highest, max(version) FILTER (version < top) AS second, max(version) FILTER (version <= 9007199254740991) AS exact,
       count(DISTINCT version) FILTER (version > 9007199254740991) AS inexact
FROM {landing} CROSS JOIN (SELECT max(version) AS top FROM {landing})
