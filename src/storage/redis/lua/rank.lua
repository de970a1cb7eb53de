-- What the scripts that rank owners share; it stands before each of them.

-- Ranks an owner by how many entries it has now.
local function rank(ranking, id, owner, size_field)
  local size = redis.call('HGET', owner, size_field)
  if size then
    redis.call('ZADD', ranking, -size, id)
  else
    redis.call('ZREM', ranking, id)
  end
end

