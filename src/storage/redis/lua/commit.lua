-- Commits one turn of one actor. Every check comes before the first write.
--
-- KEYS[1]  actor hash
-- KEYS[2]  feed of the partition
-- KEYS[3]  work of the partition
-- KEYS[4…] kept reply of each command, then for each entry its collection's ZSET
--
-- ARGV[1]  turn id
-- ARGV[2]  expected last turn id; '' for none
-- ARGV[3]  state, ARGV[4] view, ARGV[5] held claims, each JSON; '' leaves it as it was
-- ARGV[6]  records of the actor after this commit
-- ARGV[7]  actor key
-- ARGV[8]  number of records, ARGV[9] of replies, ARGV[10] of entries
-- ARGV[11…] for each record: body, snapshot ('' for none)
--          for each reply: body, index of its record ('' for the head), time to live in ms
--          for each entry: its words, as write_entry has them
--
-- Returns  position                 committed (now, or before under the same turn id)
--          {0, r, t, s}             conflict, with the actor's fields
--          {1, index…}              kept already: the replies of these, counted from 0

-- Lua hands over a few thousand arguments at most.
local FIELDS_MAX = 1000

local turn, actor, feed = ARGV[1], KEYS[1], KEYS[2]
local row = redis.call('HMGET', actor, 'r', 't', 'p')
local recent = row[2] or ''

-- Had this turn committed before, the last turn would be it or a later one.
if (row[1] or '') ~= ARGV[2] then
  local _, found = string.find(recent, ';' .. turn .. ':', 1, true)
  if found then
    return tonumber(string.match(recent, '^%d+', found + 1))
  end
  return {0, row[1], row[2], redis.call('HGET', actor, 's')}
end

local records, replies, entries = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
if replies > 0 then
  local answered = {1}
  for reply = 1, replies do
    if redis.call('EXISTS', KEYS[3 + reply]) == 1 then
      answered[#answered + 1] = reply - 1
    end
  end
  if #answered > 1 then
    return answered
  end
end

local state, view, held = ARGV[3], ARGV[4], ARGV[5]
local argument = 11
if #ARGV < argument and state == '' and view == '' and held == '' then
  return head(feed)
end

local first, last
local previous = row[3] or '0'
for _ = 1, records do
  local body, snapshot = ARGV[argument], ARGV[argument + 1]
  local id
  if snapshot == '' then
    id = redis.call('XADD', feed, '0-*', 'a', ARGV[7], 'p', previous, 'd', body)
  else
    id = redis.call('XADD', feed, '0-*', 'a', ARGV[7], 'p', previous, 'd', body, 's', snapshot)
  end
  previous = string.sub(id, 3)
  first = first or previous
  argument = argument + 2
end
if first then
  first, last = tonumber(first), tonumber(previous)
  local sleeper = redis.call('HGET', KEYS[3], 'r')
  if sleeper then
    redis.call('HDEL', KEYS[3], 'r')
    wake(sleeper, 'work')
  end
else
  first = head(feed)
  last = first
end

recent = with_turn(recent, turn, first, ARGV[6])
local fields = {'r', turn, 't', recent}
if records > 0 then
  fields[5], fields[6] = 'p', previous
end
if state ~= '' then
  fields[#fields + 1] = 's'
  fields[#fields + 1] = state
end
if view ~= '' then
  fields[#fields + 1] = 'w'
  fields[#fields + 1] = view
end
if held ~= '' then
  fields[#fields + 1] = 'h'
  fields[#fields + 1] = held
end

for reply = 1, replies do
  local index = ARGV[argument + 1]
  local position = index == '' and last or first + tonumber(index)
  local kept = string.format('%d:', position) .. ARGV[argument]
  redis.call('SET', KEYS[3 + reply], kept, 'PX', ARGV[argument + 2])
  argument = argument + 3
end

for entry = 1, entries do
  argument = write_entry(actor, KEYS[3 + replies + entry], argument, fields)
  if #fields >= FIELDS_MAX then
    redis.call('HSET', actor, unpack(fields))
    fields = {}
  end
end
if #fields > 0 then
  redis.call('HSET', actor, unpack(fields))
end

return first
