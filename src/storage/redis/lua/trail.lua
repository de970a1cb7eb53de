-- Records of one actor, newest first: each names the one before it.
--
-- KEYS[1]  feed of the partition, KEYS[2] actor hash
-- ARGV[1]  actor key
-- ARGV[2]  position to begin at; '' for the actor's last record
-- ARGV[3]  limit
--
-- Returns  {position where the next page begins ('0': none), position, body, …}

local position = ARGV[2]
if position == '' then
  position = redis.call('HGET', KEYS[2], 'p') or '0'
end

local trail, size = {'0'}, 1
for _ = 1, tonumber(ARGV[3]) do
  if position == '0' then
    break
  end
  local entry = redis.call('XRANGE', KEYS[1], '0-' .. position, '0-' .. position)[1]
  -- Fields stand in the order they were added in: a, p, d.
  if not entry or entry[2][2] ~= ARGV[1] then
    position = '0'
    break
  end
  trail[size + 1], trail[size + 2] = position, entry[2][6]
  size = size + 2
  position = entry[2][4]
end
trail[1] = position
return trail
