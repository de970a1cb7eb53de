-- Says that a node lives.
--
-- KEYS[1]  living nodes
-- ARGV[1]  node, ARGV[2] for how many ms from now
--
-- Returns  {node, …}, all that live

local time = now()
redis.call('ZADD', KEYS[1], time + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', time)
return redis.call('ZRANGE', KEYS[1], 0, -1)
