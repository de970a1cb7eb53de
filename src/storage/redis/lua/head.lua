-- The head of a feed.
--
-- KEYS[1]  feed
--
-- Returns  position; 0 where it is empty

return head(KEYS[1])
