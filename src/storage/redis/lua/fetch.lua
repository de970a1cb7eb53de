-- Reads several things of one partition, in the order given, in one step.
--
-- KEYS     what is read, in the order of ARGV
-- ARGV     for each read one of
--          'p' value ttl  sets the pointer for ttl ms if there is none   one KEY
--          'a'            the actor's fields                             one KEY
--          'v'            the actor's public view                        one KEY
--          'e' key        one entry of a collection                      two KEYS: ZSET, values HASH
--          'n'            the size of a collection                       one KEY
--
-- Returns  for each read, in one flat list, nil for what is not there
--          p: the value that was there   a: r, t, s   v: w   e: at, value   n: size

local result, results = {}, 0
local key, argument = 1, 1
while argument <= #ARGV do
  local read = ARGV[argument]
  argument = argument + 1
  if read == 'e' then
    local member = ARGV[argument]
    local at = redis.call('ZSCORE', KEYS[key], member)
    result[results + 1] = at
    result[results + 2] = at and redis.call('HGET', KEYS[key + 1], member)
    results = results + 2
    key, argument = key + 2, argument + 1
  else
    if read == 'a' then
      local row = redis.call('HMGET', KEYS[key], 'r', 't', 's')
      result[results + 1], result[results + 2], result[results + 3] = row[1], row[2], row[3]
      results = results + 3
    else
      results = results + 1
      if read == 'v' then
        result[results] = redis.call('HGET', KEYS[key], 'w')
      elseif read == 'n' then
        result[results] = redis.call('ZCARD', KEYS[key])
      else
        local value, ttl = ARGV[argument], ARGV[argument + 1]
        result[results] = redis.call('SET', KEYS[key], value, 'NX', 'GET', 'PX', ttl)
        argument = argument + 2
      end
    end
    key = key + 1
  end
end
return result
