-- A page of a collection, newest first: by time, then by key, both descending.
--
-- KEYS[1]  ZSET of the collection, KEYS[2] actor hash
-- ARGV[1]  limit, ARGV[2] what begins an entry's field in the hash
-- ARGV[3]  at, ARGV[4] key of the entry that the page follows; no ARGV[3] for the first page
--
-- Returns  {key, what its field holds, …}

local start = 0
if ARGV[3] then
  start = redis.call('ZCARD', KEYS[1]) - rank_of(KEYS[1], ARGV[3], ARGV[4])
end
local members = redis.call('ZREVRANGE', KEYS[1], start, start + tonumber(ARGV[1]) - 1)

local fields = {}
for index, member in ipairs(members) do
  fields[index] = ARGV[2] .. member
end
local held = fields_of(KEYS[2], fields)
local page = {}
for index, member in ipairs(members) do
  page[2 * index - 1], page[2 * index] = member, held[index]
end
return page
