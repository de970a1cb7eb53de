-- Takes the checkpoint of a subscriber away.
--
-- KEYS[1]  feed
-- ARGV[1]  subscriber
--
-- Returns  1 it had one, 0 it had none

if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
return redis.call('XGROUP', 'DESTROY', KEYS[1], ARGV[1])
