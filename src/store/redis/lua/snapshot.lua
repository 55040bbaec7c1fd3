-- A part of what there is of the customer, so that none holds up others: groups with their rooms and slots, bans or tasks, from
-- a cursor on. Answers the life, the last delta, the next cursor and the part as JSON; "none" if there is nothing.
expire()
local known = redis.call('HMGET', META, 'inc', 'seq')
if not known[1] then return { 'none' } end
local what, cursor, count = arg(), arg(), number()
local source = ({ groups = GROUPS, bans = BANS, tasks = TASKS })[what]
local scanned = redis.call('HSCAN', source, cursor, 'COUNT', count)
local list, part = scanned[2], {}

for i = 1, #list, 2 do
  if what == 'groups' then part[#part + 1] = to_group(list[i], cmsgpack.unpack(list[i + 1]))
  else
    local colon = string.find(list[i + 1], ':', 1, true)
    part[#part + 1] = { list[i], string.sub(list[i + 1], 1, colon - 1), string.sub(list[i + 1], colon + 1) }
  end
end
return { 'ok', known[1], tostring(known[2]), scanned[1], #part == 0 and '[]' or cjson.encode(part) }
