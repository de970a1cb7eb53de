-- Removes entries of one collection, the oldest first.
--
-- KEYS[1]  owner's hash, KEYS[2] ZSET of the collection, KEYS[3] ZSET of the ranking it is in, if any
-- ARGV[1]  how many at most, ARGV[2] field of the collection's size
-- ARGV[3]  what begins an entry's field in the hash, ARGV[4] owner's id
--
-- Returns  how many are left

-- Lua hands over a few thousand arguments at most.
local FIELDS_MAX = 1000

local removed = redis.call('ZPOPMIN', KEYS[2], ARGV[1])
local fields = {}
for index = 1, #removed, 2 do
  fields[#fields + 1] = ARGV[3] .. removed[index]
end
for from = 1, #fields, FIELDS_MAX do
  redis.call('HDEL', KEYS[1], unpack(fields, from, math.min(from + FIELDS_MAX - 1, #fields)))
end

local left = redis.call('ZCARD', KEYS[2])
if left == 0 then
  redis.call('HDEL', KEYS[1], ARGV[2])
elseif #fields > 0 then
  redis.call('HSET', KEYS[1], ARGV[2], left)
end
if KEYS[3] then
  rank(KEYS[3], ARGV[4], KEYS[1], ARGV[2])
end
return left
