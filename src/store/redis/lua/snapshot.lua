-- The whole state of the customer, as text: [life, last delta, groups, slots, bans, tasks].
expire()
local known = redis.call('HMGET', META, 'inc', 'seq')
if not known[1] then return { 'none' } end
local groups, slots, bans, tasks = {}, {}, {}, {}
-- Read at once: a call for each of many thousand rooms would hold up all others.
local function read(command, ...)
  local flat, into = redis.call(command, ...), {}
  for i = 1, #flat, 2 do into[flat[i]] = flat[i + 1] end
  return into
end
local peers_of, tokens = read('HGETALL', ROOMS), read('ZRANGE', TOKENS, 0, -1, 'WITHSCORES')
local list = redis.call('HGETALL', GROUPS)
for i = 1, #list, 2 do
  local group = cmsgpack.unpack(list[i + 1])
  local rooms = {}
  for j = 2, #group do
    -- "peers:group", without peers where no report lists the room.
    local room = peers_of[group[j]]
    rooms[j - 1] = { group[j], room and tonumber(string.match(room, '^%d+')) or -1 }
  end
  local token = tokens[list[i]]
  groups[#groups + 1] = { list[i], group[1], token and math.max(0, token - now) or 0, rooms }
end
for _, key in ipairs(redis.call('ZRANGE', DUE, 0, -1)) do
  local held = redis.call('ZRANGE', P .. 'v:' .. key, 0, -1, 'WITHSCORES')
  local users = {}
  for j = 1, #held, 2 do table.insert(users, { held[j], math.max(1, held[j + 1] - now) }) end
  table.insert(slots, { key, users })
end
local function with_times(from, into)
  local pairs_of = redis.call('HGETALL', from)
  for i = 1, #pairs_of, 2 do
    local colon = string.find(pairs_of[i + 1], ':', 1, true)
    table.insert(into, {
      pairs_of[i], string.sub(pairs_of[i + 1], 1, colon - 1), string.sub(pairs_of[i + 1], colon + 1),
    })
  end
end
with_times(BANS, bans)
with_times(TASKS, tasks)
local function encode(value)
  return #value == 0 and '[]' or cjson.encode(value)
end
return {
  'ok', known[1], tostring(known[2]), encode(groups), encode(slots), encode(bans), encode(tasks),
}
