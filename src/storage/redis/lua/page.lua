-- A page of a collection, newest first: by time, then by key, both descending.
--
-- KEYS[1]  ZSET of the collection, KEYS[2] HASH of its values
-- ARGV[1]  limit
-- ARGV[2]  at, ARGV[3] key of the entry that the page follows; no ARGV[2] for the first page
--
-- Returns  {key, at, value or nil, …}

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
local start = ARGV[2] and rank_after(KEYS[1], ARGV[2], ARGV[3]) or 0
local found = redis.call('ZREVRANGE', KEYS[1], start, start + limit - 1, 'WITHSCORES')

local page, size = {}, 0
for from = 1, #found, 2 * CHUNK do
  local members = {}
  for index = from, math.min(from + 2 * CHUNK, #found + 1) - 1, 2 do
    members[#members + 1] = found[index]
  end
  local values = redis.call('HMGET', KEYS[2], unpack(members))
  for index = 1, #members do
    page[size + 1] = members[index]
    page[size + 2] = found[from + 2 * index - 1]
    page[size + 3] = values[index]
    size = size + 3
  end
end
return page
