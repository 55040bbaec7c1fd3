-- Takes in what a server lists, as far as it has changed: groups, each with where the gateway knows it to be bound and with
-- rooms, -1 for the peers of one that is listed no more. Groups that are bound elsewhere by now come back, and stay there.
local refusal = refuse()
if refusal then return refusal end
expire()
local server = arg()
use(server)
local taken, others = {}, { 'ok' }
for _ = 1, number() do
  local group_key, believed, is_void = arg(), arg(), arg() == '1'
  local group = get_group(group_key)
  local rooms, is_listed = {}, false
  for i = 1, number() do
    rooms[i] = { key = arg(), peers = number() }
    if rooms[i].peers >= 0 then is_listed = true end
  end
  if group and group[1] ~= server and group[1] ~= believed then
    table.insert(others, group_key)
    table.insert(others, group[1])
  elseif group or is_listed then
    -- Peers who were there before the rooms came with other tokens: they take nobody's slot.
    local has_moved = group and group[1] ~= server
    if not group then
      group = { server }
      put_group(group_key, group)
    elseif has_moved then
      move_group(group_key, group, server, is_void)
    end
    local list = {}
    for _, room in ipairs(rooms) do
      local known = get_room(room.key)
      table.insert(list, { room.key, room.peers })
      if room.peers < 0 then
        if known and known.peers then
          add(server, 'p', -known.peers)
          put_room(room.key, nil, group_key)
          drop_room_if_idle(room.key)
        end
      elseif known then
        local rise = room.peers - (known.peers or 0)
        add(server, 'p', rise)
        if rise > 0 and not has_moved then release(room.key, rise) end
        put_room(room.key, room.peers, group_key)
      else
        open_room(room.key, room.peers, group_key, get_group(group_key) or { server })
      end
    end
    table.insert(taken, { group_key, list })
  end
end
write_sums()
if #taken > 0 then tell({ type = 'rooms', server = server, groups = taken }) end
return others
