-- Writes what comes from elsewhere, each item once: those at or before the cursor are dropped. Wakes
-- the partition if it wrote rows.
--
-- KEYS[1]  work of the partition, KEYS[2] cursors
-- KEYS[3…] for each table its HASH and its ZSET; the ZSET of each ranking; for each entry its
--          owner's hash and its collection's ZSET
--
-- ARGV[1]  cursor, ARGV[2] channel of the partition, ARGV[3] number of tables, ARGV[4] of rankings
-- ARGV[5…] for each item: position; rows, as write_rows has them; number of entries; for each its
--          words, as write_entry has them, then its ranking, counted from 0 ('' for none), and its
--          owner's id
--
-- Returns  how many items were written

local before = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0)
-- Of an entry: how it is ranked.
local RANK_WORDS = 2

local rankings = 3 + 2 * tonumber(ARGV[3])
local key = rankings + tonumber(ARGV[4])
local argument = 5
local written, position = 0, nil
local has_rows = false
while argument <= #ARGV do
  local is_new = tonumber(ARGV[argument]) > before
  local rows = tonumber(ARGV[argument + 1])
  if is_new then
    written, position = written + 1, ARGV[argument]
    has_rows = has_rows or rows > 0
    argument = write_rows(3, argument + 1)
  else
    argument = argument + 2 + rows * ROW_WORDS
  end
  local entries = tonumber(ARGV[argument])
  argument = argument + 1
  for _ = 1, entries do
    if is_new then
      local fields, size_field = {}, ARGV[argument]
      argument = write_entry(KEYS[key], KEYS[key + 1], argument, fields)
      if #fields > 0 then
        redis.call('HSET', KEYS[key], unpack(fields))
      end
      if ARGV[argument] ~= '' then
        rank(KEYS[rankings + tonumber(ARGV[argument])], ARGV[argument + 1], KEYS[key], size_field)
      end
    else
      argument = argument + ENTRY_WORDS
    end
    argument = argument + RANK_WORDS
    key = key + 2
  end
end

if position then
  redis.call('HSET', KEYS[2], ARGV[1], position)
end
if has_rows then
  wake(ARGV[2], 'work')
end
return written
