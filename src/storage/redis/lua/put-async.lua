-- Keeps an async command, unless one of that id is kept.
--
-- KEYS[1]  record of the command, KEYS[2] pending index of the partition
-- ARGV[1]  command id, ARGV[2] command
--
-- Returns  1 kept now, 0 kept before

if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
-- The index is in the order of arrival: each score is above the last.
local newest = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
redis.call('HSET', KEYS[1], 'c', ARGV[2])
redis.call('ZADD', KEYS[2], (tonumber(newest[2]) or 0) + 1, ARGV[1])
return 1
