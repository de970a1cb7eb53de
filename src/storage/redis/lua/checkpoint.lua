-- The checkpoint of one subscriber.
--
-- KEYS[1]  feed
-- ARGV[1]  subscriber
--
-- Returns  position; 0 where it has none

local found = checkpoints(KEYS[1])
for index = 1, #found, 2 do
  if found[index] == ARGV[1] then
    return tonumber(found[index + 1])
  end
end
return 0
