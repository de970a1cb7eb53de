-- Replaces the lease of a partition if its fence is as expected. A new holding begins without a
-- last step.
--
-- KEYS[1]  work of the partition
-- ARGV[1]  expected fence; '' for none
-- ARGV[2]  fence, ARGV[3] node ('' for none) from now on
-- ARGV[4]  channel of the partition
--
-- Returns  1 replaced, or so already; 0 the lease is another one

local lease = redis.call('HMGET', KEYS[1], 'f', 'n')
local fence, node = lease[1] or '', lease[2] or ''
local is_so = fence == ARGV[2] and node == ARGV[3]
if not is_so and fence ~= ARGV[1] then
  return 0
end
if not is_so then
  redis.call('HSET', KEYS[1], 'f', ARGV[2])
  redis.call('HDEL', KEYS[1], 'n', 's')
  if ARGV[3] ~= '' then
    redis.call('HSET', KEYS[1], 'n', ARGV[3])
  end
end
if ARGV[3] == '' then
  wake(ARGV[4], 'nodes')
end
return 1
