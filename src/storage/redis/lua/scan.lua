-- Rows of a table in their order, or backwards: by order, then by key.
--
-- KEYS[1]  ZSET of the table, KEYS[2] its HASH
-- ARGV[1]  limit
-- ARGV[2]  order of the last row that is wanted; 'now' for the store's time, '' for all
-- ARGV[3]  1 where the last come first, else ''
-- ARGV[4]  order, ARGV[5] key of the row that the page follows; no ARGV[4] for the first page
--
-- Returns  {key, order, body, …}

local zset, last = KEYS[1], ARGV[2]
if last == 'now' then
  last = now()
end
local limit, is_reverse = tonumber(ARGV[1]), ARGV[3] ~= ''
local rank, is_there
if ARGV[4] then
  rank, is_there = rank_of(zset, ARGV[4], ARGV[5])
end
local start, stop
if is_reverse then
  stop = (rank or redis.call('ZCARD', zset)) - 1
  local before = last == '' and 0 or redis.call('ZCOUNT', zset, '-inf', '(' .. last)
  start = math.max(stop - limit + 1, before)
else
  start = rank and (is_there and rank + 1 or rank) or 0
  local through = last == '' and '+inf' or last
  stop = math.min(start + limit, redis.call('ZCOUNT', zset, '-inf', through)) - 1
end
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
  local place = 3 * (is_reverse and #keys + 1 - index or index)
  rows[place - 2], rows[place - 1], rows[place] = key, found[2 * index], bodies[index]
end
return rows
