-- What the scripts that must know which server they run on share; it stands before each of them.

-- The server's id, new with each of its starts: what a scan of its keys holds for. '' while slots of
-- a cluster come to it or go from it, and keys with them.
local function server_id()
  local info = redis.call('INFO', 'server')
  if string.find(info, 'redis_mode:cluster', 1, true) then
    -- Its own line alone names such slots: [slot->-node] and [slot-<-node].
    if string.find(redis.call('CLUSTER', 'NODES'), '%[%d+%-[<>]%-') then
      return ''
    end
  end
  return string.match(info, 'run_id:(%x+)')
end

