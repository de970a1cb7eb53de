-- Runs several commands on one partition in one step, in the order given: the reads of a fetch.
--
-- KEYS[n]  key of the nth command
-- ARGV     for each command: how many words follow; its name, and its words after the key
--
-- Returns  the answer of each

local answers = {}
local argument = 1
for command = 1, #KEYS do
  local words = tonumber(ARGV[argument])
  answers[command] =
    redis.call(ARGV[argument + 1], KEYS[command], unpack(ARGV, argument + 2, argument + words))
  argument = argument + words + 1
end
return answers
