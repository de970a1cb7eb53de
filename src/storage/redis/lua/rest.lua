-- Looks at a partition before its holder rests. Where the feed's head still is as expected, the next
-- commit to it finds whom to tell.
--
-- KEYS[1]  work of the partition, KEYS[2] feed
-- KEYS[3…] ZSET of each table
-- ARGV[1]  fence, ARGV[2] head, ARGV[3] channel of the partition
--
-- Returns  0                                              fenced
--          {resting, head, now, {name, position, …}, order of each table's first row}

local lease = redis.call('HMGET', KEYS[1], 'f', 'n')
if lease[1] ~= ARGV[1] or not lease[2] then
  return 0
end

local last = head(KEYS[2])
local is_resting = last == tonumber(ARGV[2])
local looked = {is_resting and 1 or 0, last, now(), checkpoints(KEYS[2])}
for index = 3, #KEYS do
  looked[index + 2] = redis.call('ZRANGE', KEYS[index], 0, 0, 'WITHSCORES')[2] or false
end
if is_resting then
  redis.call('HSET', KEYS[1], 'r', ARGV[3])
end
return looked
