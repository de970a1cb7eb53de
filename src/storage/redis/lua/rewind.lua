-- Has a cursor stand no further than a position.
--
-- KEYS[1]  cursors
-- ARGV[1]  cursor, ARGV[2] position
--
-- Returns  1 where it stood further, otherwise 0

local reached = redis.call('HGET', KEYS[1], ARGV[1])
if not reached or tonumber(reached) <= tonumber(ARGV[2]) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
