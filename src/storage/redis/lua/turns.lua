-- What the scripts that write a turn share; it stands before each of them.

local RECENT_TURNS = 8
local RECENT_CHARS = 400

-- The recent turns with one more, newest first; once they are long, cut to whole entries. A last
-- ';' says that some were cut off.
local function with_turn(recent, turn, position, records)
  recent = ';' .. turn .. ':' .. string.format('%d', position) .. ':' .. records .. recent
  if #recent <= RECENT_CHARS then
    return recent
  end
  local stop = 1
  for _ = 1, RECENT_TURNS do
    stop = string.find(recent, ';', stop + 1, true) or #recent + 1
  end
  return stop < #recent and string.sub(recent, 1, stop) or recent
end

