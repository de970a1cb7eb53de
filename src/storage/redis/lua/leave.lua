-- Takes a node's word back, and wakes the others.
--
-- KEYS[1]  living nodes
-- ARGV[1]  node, ARGV[2] channel of the partition
--
-- Returns  1 it was there, 0 it was not

local removed = redis.call('ZREM', KEYS[1], ARGV[1])
wake(ARGV[2], 'nodes')
return removed
