-- What the scripts that write a turn share; it stands before each of them.

local RECENT_TURNS = 8
local RECENT_CHARS = 400

-- The head of a feed. Positions have no gaps: in a feed that was never trimmed it is the length, and
-- nothing lies behind. XINFO tells it of any other, also of one with nothing left, and costs more.
local function head(feed)
  local length = redis.call('XLEN', feed)
  if length > 0 then
    local behind = redis.call('XRANGE', feed, string.format('0-%d', length + 1), '+', 'COUNT', 1)
    if #behind == 0 then
      return length
    end
  elseif redis.call('EXISTS', feed) == 0 then
    return 0
  end
  local info = redis.call('XINFO', 'STREAM', feed)
  for field = 1, #info, 2 do
    if info[field] == 'last-generated-id' then
      return tonumber(string.match(info[field + 1], '%-(%d+)$'))
    end
  end
end

-- The recent turns with one more, newest first; once they are long, cut to whole entries. A last
-- ';' says that some were cut off.
local function with_turn(recent, turn, position, records)
  recent = ';' .. turn .. ':' .. string.format('%d', position) .. ':' .. records .. recent
  if #recent <= RECENT_CHARS then
    return recent
  end
  local stop = 1
  for _ = 1, RECENT_TURNS do
    stop = string.find(recent, ';', stop + 1, true) or #recent + 1
  end
  return stop < #recent and string.sub(recent, 1, stop) or recent
end

