-- Rows of a table in their order: by order, then by key.
--
-- KEYS[1]  ZSET of the table, KEYS[2] its HASH
-- ARGV[1]  limit
-- ARGV[2]  order of the last row that is wanted; 'now' for the store's time, '+inf' for all
-- ARGV[3]  order, ARGV[4] key of the row that the page follows; no ARGV[3] for the first page
--
-- Returns  {key, order, body, …}

local zset, last = KEYS[1], ARGV[2]
if last == 'now' then
  last = now()
end
local start = 0
if ARGV[3] then
  local rank, is_there = rank_of(zset, ARGV[3], ARGV[4])
  start = is_there and rank + 1 or rank
end
local stop = math.min(start + tonumber(ARGV[1]), redis.call('ZCOUNT', zset, '-inf', last)) - 1
if stop < start then
  return {}
end

local found = redis.call('ZRANGE', zset, start, stop, 'WITHSCORES')
local keys = {}
for index = 1, #found, 2 do
  keys[#keys + 1] = found[index]
end
local bodies = fields_of(KEYS[2], keys)
local rows = {}
for index, key in ipairs(keys) do
  rows[3 * index - 2], rows[3 * index - 1], rows[3 * index] = key, found[2 * index], bodies[index]
end
return rows
