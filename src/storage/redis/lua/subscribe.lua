-- Gives each subscriber that has no checkpoint one.
--
-- KEYS[1]  feed
-- ARGV     for each subscriber: name, 'head' or 'beginning'
--
-- Returns  how many were given one

local known = {}
local found = checkpoints(KEYS[1])
for index = 1, #found, 2 do
  known[found[index]] = true
end

local last = head(KEYS[1])
local places = {
  head = string.format('%d', last),
  beginning = string.format('%d', trimmed(KEYS[1], last)),
}
local made = 0
for argument = 1, #ARGV, 2 do
  local name = ARGV[argument]
  if not known[name] then
    known[name] = true
    move_checkpoint(KEYS[1], name, places[ARGV[argument + 1]], true)
    made = made + 1
  end
end
return made
