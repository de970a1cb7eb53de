#!lua flags=allow-oom
-- Gives WAIT something to wait for: newer servers have it wait only for what its own connection wrote,
-- and what was read may have been written by another. Only replicas hear of it, no log on disk.
--
-- KEYS[1]  a key of the partition that is never there
--
-- Returns  nothing

redis.set_repl(redis.REPL_REPLICA)
redis.call('SET', KEYS[1], '')
redis.call('DEL', KEYS[1])
