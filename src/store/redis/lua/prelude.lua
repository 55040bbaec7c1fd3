-- The state of one customer, whose keys all begin with KEYS[1] and share its hash tag, and so a shard.
--   meta      inc (which life of the state this is), seq (of the last delta), p, v, n (peers, reserved slots, rooms on servers
--             that are in use), p:S, v:S, n:S (the same of each server), off:S (where a server is not in use), task (last id)
--   groups    group → packed list of its server and its rooms
--   rooms     room → "peers:group", without peers where no report lists it
--   v:ROOM    user → when the slot ends; due: room → when the first one does
--   tokens    group → when the last token ends
--   bans      ban → "end:json"; ban-ends: ban → end
--   tasks     id → "since:json"
-- ARGV: channel, customer, gateway, ms to add to the clock, when the gateway knew everything, how long that is good for,
--       the life and the last delta that it knows of, a name for a new life; what a script needs follows.
-- Every script answers a list that begins with a word.
local P = KEYS[1]
local META, GROUPS, ROOMS, DUE = P .. 'meta', P .. 'groups', P .. 'rooms', P .. 'due'
local TOKENS, BANS, BAN_ENDS, TASKS = P .. 'tokens', P .. 'bans', P .. 'ban-ends', P .. 'tasks'
local channel, customer, gateway = ARGV[1], ARGV[2], ARGV[3]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000 + tonumber(ARGV[4])
local life, at = ARGV[7], 10
local BATCH = 200

local function arg()
  at = at + 1
  return ARGV[at - 1]
end

local function number()
  return tonumber(arg())
end

local function text(value)
  return string.format('%.0f', value)
end

-- When a slot ends: to the microsecond, so that of two the older one goes first.
local function slot_end(value)
  return string.format('%.3f', value)
end

-- Why the gateway may not change anything: it was asleep, or what it knows is of another life of this state.
local function refuse()
  if now - tonumber(ARGV[5]) > tonumber(ARGV[6]) then return { 'fenced' } end
  local known = redis.call('HMGET', META, 'inc', 'seq')
  if not known[1] then
    if life ~= '' then return { 'lost' } end
    life = ARGV[9]
    redis.call('HSET', META, 'inc', life, 'seq', 0)
  elseif known[1] ~= life then
    return { life == '' and 'unknown' or 'renewed' }
  elseif tonumber(known[2]) < tonumber(ARGV[8]) then
    return { 'lost' }
  end
end

-- Tells all gateways, this one too, what has changed.
local function tell(delta)
  delta.customer, delta.gateway, delta.life = customer, gateway, life
  delta.seq = redis.call('HINCRBY', META, 'seq', 1)
  redis.call('PUBLISH', channel, cjson.encode(delta))
end

-- Sums that change, by server; written at the end.
local sums = {}

local function add(server, what, change)
  if change == 0 then return end
  local of = sums[server] or {}
  sums[server] = of
  of[what] = (of[what] or 0) + change
end

local function write_sums()
  local totals = {}
  for server, of in pairs(sums) do
    local in_use = redis.call('HEXISTS', META, 'off:' .. server) == 0
    for what, change in pairs(of) do
      if change ~= 0 then
        redis.call('HINCRBY', META, what .. ':' .. server, change)
        if in_use then totals[what] = (totals[what] or 0) + change end
      end
    end
  end
  for what, change in pairs(totals) do
    if change ~= 0 then redis.call('HINCRBY', META, what, change) end
  end
  sums = {}
end

local function total(what)
  return tonumber(redis.call('HGET', META, what) or 0)
end

-- Has the rooms of a server count: it reports, or clients are sent there.
local function use(server)
  if redis.call('HDEL', META, 'off:' .. server) == 0 then return end
  for _, what in ipairs({ 'p', 'v', 'n' }) do
    local sum = total(what .. ':' .. server)
    if sum ~= 0 then redis.call('HINCRBY', META, what, sum) end
  end
end

local function get_group(key)
  local packed = redis.call('HGET', GROUPS, key)
  return packed and cmsgpack.unpack(packed) or nil
end

local function put_group(key, group)
  redis.call('HSET', GROUPS, key, cmsgpack.pack(group))
end

local function get_room(key)
  local value = redis.call('HGET', ROOMS, key)
  if not value then return nil end
  local colon = string.find(value, ':', 1, true)
  return { peers = tonumber(string.sub(value, 1, colon - 1)), group = string.sub(value, colon + 1) }
end

local function put_room(key, peers, group)
  redis.call('HSET', ROOMS, key, (peers and text(peers) or '') .. ':' .. group)
end

local function reserved(key)
  return redis.call('ZCARD', P .. 'v:' .. key)
end

local function open_room(key, peers, group_key, group)
  put_room(key, peers, group_key)
  table.insert(group, key)
  put_group(group_key, group)
  add(group[1], 'n', 1)
  add(group[1], 'p', peers or 0)
end

local function drop_group_if_idle(key, group)
  if #group > 1 or redis.call('ZSCORE', TOKENS, key) then return end
  redis.call('HDEL', GROUPS, key)
end

local function drop_room(key, group_key)
  local group = get_group(group_key)
  redis.call('HDEL', ROOMS, key)
  redis.call('ZREM', DUE, key)
  if not group then return end
  for i = 2, #group do
    if group[i] == key then
      table.remove(group, i)
      break
    end
  end
  add(group[1], 'n', -1)
  put_group(group_key, group)
  drop_group_if_idle(group_key, group)
end

-- Drops a room that neither a report nor a slot holds.
local function drop_room_if_idle(key)
  local room = get_room(key)
  if room and not room.peers and reserved(key) == 0 then drop_room(key, room.group) end
end

local function note_next_end(key)
  local first = redis.call('ZRANGE', P .. 'v:' .. key, 0, 0, 'WITHSCORES')
  if first[2] then redis.call('ZADD', DUE, first[2], key) else redis.call('ZREM', DUE, key) end
end

-- Takes back slots whose time is over, or `count` of the oldest, which a report has shown.
local function release(key, count)
  local slots = P .. 'v:' .. key
  local gone
  if count then gone = #redis.call('ZPOPMIN', slots, count) / 2
  else gone = redis.call('ZREMRANGEBYSCORE', slots, '-inf', now) end
  if gone == 0 then return end
  local room = get_room(key)
  local group = room and get_group(room.group)
  if group then add(group[1], 'v', -gone) end
  note_next_end(key)
end

-- Binds the group to another server: peers of the old one count no more, and slots neither if its tokens are void.
local function move_group(key, group, to, is_void)
  local from = group[1]
  local rooms = {}
  for i = 2, #group do rooms[i - 1] = group[i] end
  group[1] = to
  put_group(key, group)
  for _, room_key in ipairs(rooms) do
    local room = get_room(room_key)
    local slots = reserved(room_key)
    if room then
      add(from, 'p', -(room.peers or 0))
      add(from, 'n', -1)
      add(to, 'n', 1)
      add(from, 'v', -slots)
      put_room(room_key, nil, key)
      if is_void then redis.call('DEL', P .. 'v:' .. room_key) else add(to, 'v', slots) end
      note_next_end(room_key)
      drop_room_if_idle(room_key)
    end
  end
end

-- Ends what ends by itself.
local function expire()
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', DUE, '-inf', now, 'LIMIT', 0, BATCH)) do
    release(key)
    note_next_end(key)
    drop_room_if_idle(key)
  end
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', TOKENS, '-inf', now, 'LIMIT', 0, BATCH)) do
    redis.call('ZREM', TOKENS, key)
    local group = get_group(key)
    if group then drop_group_if_idle(key, group) end
  end
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', BAN_ENDS, '-inf', now, 'LIMIT', 0, BATCH)) do
    redis.call('ZREM', BAN_ENDS, key)
    redis.call('HDEL', BANS, key)
  end
  write_sums()
end

-- When the ban ends, in ms since 1970; 0 if there is none.
local function ban_until(key)
  local value = redis.call('HGET', BANS, key)
  return value and tonumber(string.sub(value, 1, string.find(value, ':', 1, true) - 1)) or 0
end

-- A group as gateways are told of it: its server, how long its tokens can be used, and its rooms with peers and slots.
local function to_group(key, group)
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
