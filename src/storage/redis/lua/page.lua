-- A page of a collection, newest first: by time, then by key, both descending.
--
-- KEYS[1]  ZSET of the collection, KEYS[2] actor hash
-- ARGV[1]  limit, ARGV[2] what begins an entry's field in the hash
-- ARGV[3]  at, ARGV[4] key of the entry that the page follows; no ARGV[3] for the first page
--
-- Returns  {key, what its field holds, …}

local CHUNK = 1000

-- Lua compares strings by the server's locale; a ZSET orders its members by their bytes.
local function below(left, right)
  for index = 1, math.min(#left, #right) do
    local a, b = string.byte(left, index), string.byte(right, index)
    if a ~= b then
      return a < b
    end
  end
  return #left < #right
end

-- The rank, counted from the newest, of the first entry that comes after (at, key). The entry
-- itself may be gone: then the place is searched among those of its time, halving.
local function rank_after(zset, at, key)
  local score = redis.call('ZSCORE', zset, key)
  if score and tonumber(score) == tonumber(at) then
    return redis.call('ZREVRANK', zset, key) + 1
  end
  local low = redis.call('ZCOUNT', zset, '(' .. at, '+inf')
  local high = low + redis.call('ZCOUNT', zset, at, at)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if below(redis.call('ZREVRANGE', zset, middle, middle)[1], key) then
      high = middle
    else
      low = middle + 1
    end
  end
  return low
end

local limit = tonumber(ARGV[1])
local start = ARGV[3] and rank_after(KEYS[1], ARGV[3], ARGV[4]) or 0
local members = redis.call('ZREVRANGE', KEYS[1], start, start + limit - 1)

local page, size = {}, 0
for from = 1, #members, CHUNK do
  local to = math.min(from + CHUNK - 1, #members)
  local fields = {}
  for index = from, to do
    fields[index - from + 1] = ARGV[2] .. members[index]
  end
  local held = redis.call('HMGET', KEYS[2], unpack(fields))
  for index = from, to do
    page[size + 1], page[size + 2] = members[index], held[index - from + 1]
    size = size + 2
  end
end
return page
