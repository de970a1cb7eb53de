-- Forgets the oldest records of a feed, none that a subscriber has not passed.
--
-- KEYS[1]  feed
-- ARGV[1]  position of the last record to forget, ARGV[2] how many at most
--
-- Returns  position of the last record that is not there any more; 0 where all are

local feed = KEYS[1]
local last = head(feed)
local gone = trimmed(feed, last)
local bound = math.min(tonumber(ARGV[1]), last, gone + tonumber(ARGV[2]))
local passed = checkpoints(feed)
for index = 2, #passed, 2 do
  bound = math.min(bound, tonumber(passed[index]))
end
if bound <= gone then
  return gone
end
-- The stream stays where nothing is left in it, and its last id with it. Not '~', which forgets whole
-- nodes of the stream only, or none.
redis.call('XTRIM', feed, 'MINID', '=', string.format('0-%d', bound + 1))
return trimmed(feed, last)
