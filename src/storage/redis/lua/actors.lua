-- Looks at actors of one partition.
--
-- KEYS[1]  feed of the partition, KEYS[2…] actor hashes
-- ARGV[1…] key of each actor, whose newest record is read, too; '' where it is not
--
-- Returns  {state, body of the newest record, …}, false where there is none

local feed, found = KEYS[1], {}
for index = 1, #ARGV do
  local row = redis.call('HMGET', KEYS[index + 1], 's', 'p')
  local record = false
  if ARGV[index] ~= '' and row[2] then
    local id = '0-' .. row[2]
    local entry = redis.call('XRANGE', feed, id, id)[1]
    -- Fields stand in the order they were added in: a, p, d, s.
    record = entry and entry[2][2] == ARGV[index] and entry[2][6] or false
  end
  found[2 * index - 1], found[2 * index] = row[1], record
end
return found
