-- What the scripts that look at a feed share; it stands before each of them.

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

-- The position of the last record that was trimmed; 0: none was. `last` is the feed's head.
local function trimmed(feed, last)
  if redis.call('XLEN', feed) == last then
    return 0
  end
  local first = redis.call('XRANGE', feed, '-', '+', 'COUNT', 1)[1]
  return first and tonumber(string.match(first[1], '%-(%d+)$')) - 1 or last
end

-- The checkpoints of a feed's subscribers, its consumer groups: {name, position, …}. An id that is
-- not of the form 0-N was set by hand and means no position: it reads as its second part, mostly 0,
-- since to read again does no harm, and to pass over would.
local function checkpoints(feed)
  local found = {}
  if redis.call('EXISTS', feed) == 0 then
    return found
  end
  for index, group in ipairs(redis.call('XINFO', 'GROUPS', feed)) do
    for field = 1, #group, 2 do
      if group[field] == 'name' then
        found[2 * index - 1] = group[field + 1]
      elseif group[field] == 'last-delivered-id' then
        found[2 * index] = string.match(group[field + 1], '%-(%d+)$')
      end
    end
  end
  return found
end

-- Moves a subscriber's checkpoint, or makes it. A position is how many records came before it too:
-- told that, XINFO GROUPS knows the lag.
local function move_checkpoint(feed, subscriber, position, is_new)
  if is_new then
    redis.call(
      'XGROUP', 'CREATE', feed, subscriber, '0-' .. position, 'MKSTREAM', 'ENTRIESREAD', position)
  else
    redis.call('XGROUP', 'SETID', feed, subscriber, '0-' .. position, 'ENTRIESREAD', position)
  end
end

