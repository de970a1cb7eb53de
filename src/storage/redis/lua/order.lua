-- What the scripts that page through a ZSET share; it stands before each of them.

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

-- How many members stand before (score, member), and whether that is there itself. Where it is not,
-- its place is searched among those of its score, halving.
local function rank_of(zset, score, member)
  local own = redis.call('ZSCORE', zset, member)
  if own and tonumber(own) == tonumber(score) then
    return redis.call('ZRANK', zset, member), true
  end
  local low = redis.call('ZCOUNT', zset, '-inf', '(' .. score)
  local high = low + redis.call('ZCOUNT', zset, score, score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if below(redis.call('ZRANGE', zset, middle, middle)[1], member) then
      low = middle + 1
    else
      high = middle
    end
  end
  return low, false
end

-- The fields of a hash of any number, which Lua hands over some thousand at a time at most.
local function fields_of(hash, fields)
  local CHUNK = 1000
  local found = {}
  for from = 1, #fields, CHUNK do
    local to = math.min(from + CHUNK - 1, #fields)
    for index, value in ipairs(redis.call('HMGET', hash, unpack(fields, from, to))) do
      found[from + index - 1] = value
    end
  end
  return found
end

