-- Sets the result of an async command and its time to live; it is pending no longer.
--
-- KEYS[1]  record of the command, KEYS[2] pending index of the partition
-- ARGV[1]  command id, ARGV[2] result, ARGV[3] time to live in ms
--
-- Returns  1 finished, 0 there is no such command

redis.call('ZREM', KEYS[2], ARGV[1])
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
redis.call('HSET', KEYS[1], 'r', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
