-- Makes a turn the last one of a holder that does not hold a claim, so that no turn begun before
-- can commit.
--
-- KEYS[1]  actor hash of the holder, KEYS[2] feed of its partition
-- ARGV[1]  claim, ARGV[2] turn id of the fence
--
-- Returns  1  the holder holds the claim; nothing was written
--          0  fenced

local RECENT_TURNS = 8
local RECENT_CHARS = 400

local row = redis.call('HMGET', KEYS[1], 'h', 'r', 't')
if row[1] and cjson.decode(row[1])[ARGV[1]] ~= nil then
  return 1
end
if row[2] == ARGV[2] then
  return 0
end

local position = '0'
if redis.call('EXISTS', KEYS[2]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[2])
  for field = 1, #info, 2 do
    if info[field] == 'last-generated-id' then
      position = string.match(info[field + 1], '%-(%d+)$')
    end
  end
end

-- As in a commit: newest first; once it is long, cut to whole entries.
local recent = row[3] or ''
local records = string.match(recent, '^;[^;:]*:%d+:(%d+)') or '0'
recent = ';' .. ARGV[2] .. ':' .. position .. ':' .. records .. recent
if #recent > RECENT_CHARS then
  local stop = 1
  for _ = 1, RECENT_TURNS do
    stop = string.find(recent, ';', stop + 1, true) or #recent + 1
  end
  if stop < #recent then
    recent = string.sub(recent, 1, stop)
  end
end
redis.call('HSET', KEYS[1], 'r', ARGV[2], 't', recent)
return 0
