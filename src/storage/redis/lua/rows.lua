-- What the scripts that write rows share; it stands before each of them, and clock.lua before it.

-- How many words a row has.
local ROW_WORDS = 5

-- Writes rows. KEYS[tables…] are the HASH and the ZSET of each table, KEYS[1] holds the partition's
-- count. ARGV[argument] is how many rows there are; then for each its table, counted from 0; key;
-- kind of its order, or 'gone'; figure of its order; body. Returns the argument behind.
local function write_rows(tables, argument)
  local last = argument + ROW_WORDS * tonumber(ARGV[argument])
  for row = argument + 1, last, ROW_WORDS do
    local place = tables + 2 * tonumber(ARGV[row])
    local bodies, orders = KEYS[place], KEYS[place + 1]
    local key, kind, figure = ARGV[row + 1], ARGV[row + 2], ARGV[row + 3]
    if kind == 'gone' then
      redis.call('HDEL', bodies, key)
    else
      redis.call('HSET', bodies, key, ARGV[row + 4])
    end
    if kind == 'at' then
      redis.call('ZADD', orders, figure, key)
    elseif kind == 'in' then
      redis.call('ZADD', orders, now() + figure, key)
    elseif kind ~= 'next' then
      redis.call('ZREM', orders, key)
    elseif not redis.call('ZSCORE', orders, key) then
      redis.call('ZADD', orders, redis.call('HINCRBY', KEYS[1], 'c', 1), key)
    end
  end
  return last + 1
end

