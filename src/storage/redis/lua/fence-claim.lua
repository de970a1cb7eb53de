-- Makes a turn the last one of a holder that does not hold a claim, so that no turn begun before
-- can commit.
--
-- KEYS[1]  actor hash of the holder, KEYS[2] feed of its partition
-- ARGV[1]  claim, ARGV[2] turn id of the fence
--
-- Returns  1  the holder holds the claim; nothing was written
--          0  fenced, now or by the same fence before

local row = redis.call('HMGET', KEYS[1], 'h', 'r', 't')
if row[1] and cjson.decode(row[1])[ARGV[1]] ~= nil then
  return 1
end

-- A copy that comes late would have a turn begun at the first one's time commit over what came since.
local recent = row[3] or ''
if string.find(recent, ';' .. ARGV[2] .. ':', 1, true) then
  return 0
end

local records = string.match(recent, '^;[^;:]*:%d+:(%d+)') or '0'
recent = with_turn(recent, ARGV[2], head(KEYS[2]), records)
redis.call('HSET', KEYS[1], 'r', ARGV[2], 't', recent)
return 0
