-- A part of what there is of the customer, so that none holds up others: groups with their rooms and slots, bans or tasks, from
-- a cursor on. Answers the life, the last delta, the next cursor and the part as JSON; "none" if there is nothing.
expire()
local known = redis.call('HMGET', META, 'inc', 'seq')
if not known[1] then return { 'none' } end
local what, cursor, count = arg(), arg(), number()
local source = ({ groups = GROUPS, bans = BANS, tasks = TASKS })[what]
local scanned = redis.call('HSCAN', source, cursor, 'COUNT', count)
local list, part = scanned[2], {}

local function to_group(key, packed)
  local group = cmsgpack.unpack(packed)
  local rooms = {}
  for i = 2, #group do
    local room = get_room(group[i])
    local held = redis.call('ZRANGE', P .. 'v:' .. group[i], 0, -1, 'WITHSCORES')
    local entry = { group[i], room and room.peers or -1 }
    for j = 1, #held, 2 do
      entry[#entry + 1] = held[j]
      entry[#entry + 1] = math.max(1, held[j + 1] - now)
    end
    rooms[#rooms + 1] = entry
  end
  local token = redis.call('ZSCORE', TOKENS, key)
  return { key, group[1], token and math.max(0, token - now) or 0, rooms }
end

for i = 1, #list, 2 do
  if what == 'groups' then part[#part + 1] = to_group(list[i], list[i + 1])
  else
    local colon = string.find(list[i + 1], ':', 1, true)
    part[#part + 1] = { list[i], string.sub(list[i + 1], 1, colon - 1), string.sub(list[i + 1], colon + 1) }
  end
end
return { 'ok', known[1], tostring(known[2]), scanned[1], #part == 0 and '[]' or cjson.encode(part) }
