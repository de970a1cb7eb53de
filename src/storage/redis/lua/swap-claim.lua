-- Replaces a claim if it is as expected.
--
-- KEYS[1]  claim
-- ARGV[1]  who is expected to have it; '' for nobody
-- ARGV[2]  who has it from now on; '' for nobody
--
-- Returns  1                swapped
--          text             who has it; '' for nobody

local current = redis.call('GET', KEYS[1]) or ''
if current ~= ARGV[1] then
  return current
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2])
end
return 1
