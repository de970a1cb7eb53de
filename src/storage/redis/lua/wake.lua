-- How those who listen are woken; it stands before the scripts that do it.

-- Says on a partition's channel what may have news: 'work' or 'nodes'. That is a hint: where it
-- cannot be given, as to a user who may not publish, what it was about is done all the same.
local function wake(channel, news)
  redis.pcall('SPUBLISH', channel, news)
end

