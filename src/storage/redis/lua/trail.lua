-- Records of one actor, newest first: each names the one before it.
--
-- KEYS[1]  feed of the partition, KEYS[2] actor hash
-- ARGV[1]  actor key
-- ARGV[2]  position to begin at; '' for the actor's last record
-- ARGV[3]  limit
--
-- Returns  {position where the next page begins (0: none), 1 where it would begin with a record that was
--          trimmed (0: not), position, body, snapshot ('': it carries none), …}

local position = ARGV[2]
if position == '' then
  position = redis.call('HGET', KEYS[2], 'p') or '0'
end

local trail, size = {0, 0}, 2
local is_lost = false
for _ = 1, tonumber(ARGV[3]) do
  if position == '0' then
    break
  end
  local entry = redis.call('XRANGE', KEYS[1], '0-' .. position, '0-' .. position)[1]
  -- Fields stand in the order they were added in: a, p, d, s.
  if not entry then
    is_lost = true
    break
  end
  if entry[2][2] ~= ARGV[1] then
    position = '0'
    break
  end
  trail[size + 1], trail[size + 2], trail[size + 3] = position, entry[2][6], entry[2][8] or ''
  size = size + 3
  position = entry[2][4]
end
position = tonumber(position)
if position > 0 then
  if position <= trimmed(KEYS[1], head(KEYS[1])) then
    trail[2] = 1
  elseif not is_lost then
    trail[1] = position
  end
end
return trail
