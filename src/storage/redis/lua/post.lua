-- Writes rows if others are as expected, and wakes the partition. Every check comes before the first
-- write.
--
-- KEYS[1]  work of the partition
-- KEYS[2…] for each table its HASH and its ZSET
--
-- ARGV[1]  channel of the partition, ARGV[2] number of expected rows
-- ARGV[3…] for each expected row: its table, counted from 0; key; 1 or '' where there is to be none;
--          body
--          then rows, as write_rows has them
--
-- Returns  1 written, 0 a row is not as expected

local rows = 3 + 4 * tonumber(ARGV[2])
for row = 3, rows - 1, 4 do
  local body = redis.call('HGET', KEYS[2 + 2 * tonumber(ARGV[row])], ARGV[row + 1])
  if body ~= (ARGV[row + 2] ~= '' and ARGV[row + 3]) then
    return 0
  end
end

write_rows(2, rows)
wake(ARGV[1], 'work')
return 1
