-- What the scripts that write entries of collections share; it stands before each of them.

-- How many words an entry has.
local ENTRY_WORDS = 5

-- Writes the entry whose words begin at ARGV[argument]: field of its collection's size, what begins
-- its own field, key, at ('' removes it), what its field holds. What is to be set in the owner's
-- hash is added to `fields`. Returns the argument behind.
local function write_entry(owner, zset, argument, fields)
  local size, member, at = ARGV[argument], ARGV[argument + 2], ARGV[argument + 3]
  local field = ARGV[argument + 1] .. member
  local change
  if at == '' then
    change = -redis.call('ZREM', zset, member)
    redis.call('HDEL', owner, field)
  else
    change = redis.call('ZADD', zset, at, member)
    fields[#fields + 1] = field
    fields[#fields + 1] = ARGV[argument + 4]
  end
  if change ~= 0 and redis.call('HINCRBY', owner, size, change) == 0 then
    redis.call('HDEL', owner, size)
  end
  return argument + ENTRY_WORDS
end

