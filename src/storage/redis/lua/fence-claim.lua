-- Makes a turn the last one of a holder that does not hold a claim, so that no turn begun before
-- can commit.
--
-- KEYS[1]  actor hash of the holder, KEYS[2] feed of its partition
-- ARGV[1]  claim, ARGV[2] turn id of the fence
--
-- Returns  1  the holder holds the claim; nothing was written
--          0  fenced

local row = redis.call('HMGET', KEYS[1], 'h', 'r', 't')
if row[1] and cjson.decode(row[1])[ARGV[1]] ~= nil then
  return 1
end
if row[2] == ARGV[2] then
  return 0
end

local recent = row[3] or ''
local records = string.match(recent, '^;[^;:]*:%d+:(%d+)') or '0'
recent = with_turn(recent, ARGV[2], head(KEYS[2]), records)
redis.call('HSET', KEYS[1], 'r', ARGV[2], 't', recent)
return 0
