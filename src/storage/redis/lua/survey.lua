-- How much lies in a partition.
--
-- KEYS[1]  work of the partition, KEYS[2] feed, KEYS[3] pending index of async commands
-- KEYS[4…] for each table its HASH and its ZSET
--
-- Returns  {head, position of the last record that was trimmed, now, fence, node,
--          {name, position, …}, pending, {rows, ordered, key, order and body of the first}, …}

local lease = redis.call('HMGET', KEYS[1], 'f', 'n')
local pending = redis.call('ZCARD', KEYS[3])
local last = head(KEYS[2])
local gone, groups = trimmed(KEYS[2], last), checkpoints(KEYS[2])
local survey = {last, gone, now(), lease[1], lease[2], groups, pending}
for index = 4, #KEYS, 2 do
  local bodies, orders = KEYS[index], KEYS[index + 1]
  local figures = {redis.call('HLEN', bodies), redis.call('ZCARD', orders)}
  local first = redis.call('ZRANGE', orders, 0, 0, 'WITHSCORES')
  if first[1] then
    figures[3], figures[4], figures[5] = first[1], first[2], redis.call('HGET', bodies, first[1])
  end
  survey[#survey + 1] = figures
end
return survey
