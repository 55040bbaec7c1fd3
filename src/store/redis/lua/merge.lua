-- Takes in what a gateway knows, after an outage: what is not there is added. Of two servers with the same group the one with
-- more peers keeps it, else the one with the smaller name. Most gateways know the same: only what this changed is told, groups
-- as they are now.
local refusal = refuse()
if refusal then return refusal end
expire()
local delta, is_new = { type = 'merge' }, false

local function note(list, entry)
  delta[list] = delta[list] or {}
  table.insert(delta[list], entry)
  is_new = true
end

for _ = 1, number() do
  local group_key, server, token_left = arg(), arg(), number()
  local rooms, peers = {}, 0
  for i = 1, number() do
    local room = { key = arg(), peers = number(), users = {} }
    for _ = 1, number() do table.insert(room.users, { arg(), number() }) end
    peers = peers + math.max(0, room.peers)
    rooms[i] = room
  end
  local group = get_group(group_key)
  local wins, has_changed = true, group == nil
  if group and group[1] ~= server then
    local there = 0
    for i = 2, #group do
      local room = get_room(group[i])
      there = there + (room and room.peers or 0)
    end
    wins = peers > there or (peers == there and server < group[1])
    if wins then
      move_group(group_key, group, server, false)
      group = get_group(group_key)
      has_changed = true
    end
  end
  if wins then
    if token_left > 0 then redis.call('ZADD', TOKENS, 'GT', text(now + token_left), group_key) end
    if not group then
      group = { server }
      put_group(group_key, group)
    end
    for _, room in ipairs(rooms) do
      local known = get_room(room.key)
      local listed = room.peers >= 0 and room.peers or nil
      if not known then
        open_room(room.key, listed, group_key, group)
        has_changed = true
      elseif listed and listed > (known.peers or -1) then
        add(server, 'p', listed - (known.peers or 0))
        put_room(room.key, listed, group_key)
        has_changed = true
      end
      for _, held in ipairs(room.users) do
        local added = redis.call('ZADD', P .. 'v:' .. room.key, 'NX', slot_end(now + held[2]), held[1])
        add(server, 'v', added)
        has_changed = has_changed or added == 1
      end
      note_next_end(room.key)
      drop_room_if_idle(room.key)
    end
    group = get_group(group_key)
    if group then drop_group_if_idle(group_key, group) end
    if has_changed then note('groups', to_group(group_key, get_group(group_key) or { server })) end
  end
end
for _ = 1, number() do
  local key, ends, ban = arg(), number(), arg()
  if ends > ban_until(key) then
    redis.call('HSET', BANS, key, text(ends) .. ':' .. ban)
    redis.call('ZADD', BAN_ENDS, text(ends), key)
    note('bans', { key, text(ends), ban })
  end
end
for _ = 1, number() do
  local id, task = arg(), arg()
  if redis.call('HSETNX', TASKS, id, text(now) .. ':' .. task) == 1 then note('tasks', { id, text(now), task }) end
end
write_sums()
if is_new then tell(delta) end
return { 'ok' }
