-- Looks through some keys of the server that a partition lies on.
--
-- KEYS[1]  any key of the partition
-- ARGV[1]  server's id, ARGV[2] cursor of the scan of its keys
-- ARGV[3]  pattern, ARGV[4] about how many keys to look at
--
-- Returns  {next cursor ('0': these were the last), {key, …}}
--          0  the partition lies on another server

if server_id() ~= ARGV[1] then
  return 0
end
return redis.call('SCAN', ARGV[2], 'MATCH', ARGV[3], 'COUNT', ARGV[4])
