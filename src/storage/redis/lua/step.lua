-- Makes one step of a partition's background work. Every check comes before the first write.
--
-- KEYS[1]  work of the partition, KEYS[2] feed
-- KEYS[3…] for each table its HASH and its ZSET
--
-- ARGV[1]  fence, ARGV[2] id of the step, ARGV[3] number of moves
-- ARGV[4…] for each move: subscriber, expected checkpoint, next one
--          then rows, as write_rows has them
--
-- Returns  1                      done (now, or before under the same id)
--          0                      fenced, or late by the numbers that ids begin with
--          {name, position, …}    the checkpoints, where one is not as expected

local work, feed = KEYS[1], KEYS[2]
local lease = redis.call('HMGET', work, 'f', 'n', 's')
if lease[1] ~= ARGV[1] or not lease[2] then
  return 0
end
if lease[3] == ARGV[2] then
  return 1
end
local number, last = ARGV[2]:match('^(%d+)#'), (lease[3] or ''):match('^(%d+)#')
if number and last and tonumber(number) <= tonumber(last) then
  return 0
end

local rows = 4 + 3 * tonumber(ARGV[3])
local known = {}
if rows > 4 then
  local found = checkpoints(feed)
  for index = 1, #found, 2 do
    known[found[index]] = found[index + 1]
  end
  for move = 4, rows - 1, 3 do
    if (known[ARGV[move]] or '0') ~= ARGV[move + 1] then
      return found
    end
  end
end

redis.call('HSET', work, 's', ARGV[2])
for move = 4, rows - 1, 3 do
  move_checkpoint(feed, ARGV[move], ARGV[move + 2], not known[ARGV[move]])
end
write_rows(3, rows)
return 1
