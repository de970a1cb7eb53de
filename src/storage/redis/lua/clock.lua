-- The store's clock; it stands before the scripts that tell the time.

-- Milliseconds since 1970; the same throughout a script.
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

