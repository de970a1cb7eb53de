-- Commits the decisions of one turn, or nothing.
-- KEYS: 1 the account (hash: v version, s snapshot), 2 the feed (stream), 3 its following (sorted set)
-- ARGV: 1 expected version, 2 new version, 3 new snapshot, 4 number of records, then the records,
--       then pairs of time and account id to follow
-- Returns the position of the last record, or 0 for a conflict.
if redis.call('HGET', KEYS[1], 'v') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'v', ARGV[2], 's', ARGV[3])
local records = tonumber(ARGV[4])
local id
for index = 5, 4 + records do
  id = redis.call('XADD', KEYS[2], '0-*', 'r', ARGV[index])
end
for index = 5 + records, #ARGV, 2 do
  redis.call('ZADD', KEYS[3], ARGV[index], ARGV[index + 1])
end
return tonumber(string.sub(id, 3))
