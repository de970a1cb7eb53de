-- Which server a partition lies on.
--
-- KEYS[1]  any key of the partition
--
-- Returns  the server's id; '' while slots come to it or go from it

return server_id()
