-- Admits a user to rooms of one group: to the server that the group is bound to, unless that is the one the gateway holds for
-- gone, else to the one it proposes. All or none.
local refusal = refuse()
if refusal then return refusal end
expire()
local group_key, believed, proposed, user = arg(), arg(), arg(), arg()
local slot_ms, load_ms, token_ms, is_void = number(), number(), number(), arg() == '1'
local max_peers, max_rooms = number(), number()
local has_bans = redis.call('EXISTS', BANS) == 1

local admitted, scope, soonest = {}, nil, nil
for _ = 1, number() do
  local key, ban_key = arg(), arg()
  local ends, is = 0, 'room'
  if has_bans then
    ends = ban_until(ban_key)
    local own = ban_until(ban_key .. '+' .. user)
    if own > ends then ends, is = own, 'user' end
  end
  if ends <= now then table.insert(admitted, key)
  elseif not soonest or ends < soonest then scope, soonest = is, ends end
end
if #admitted == 0 then return { 'banned', scope, text(soonest) } end

local group = get_group(group_key)
local server = proposed
if group and group[1] ~= believed then server = group[1] end
use(server)
local stays = group and group[1] == server
local peers, rooms = 0, 0
for _, key in ipairs(admitted) do
  if not stays or not get_room(key) then peers, rooms = peers + 1, rooms + 1
  elseif not redis.call('ZSCORE', P .. 'v:' .. key, user) then peers = peers + 1 end
end
if peers > 0 and max_peers >= 0 and total('p') + total('v') + peers > max_peers then return { 'peerLimit' } end
if rooms > 0 and max_rooms >= 0 and total('n') + rooms > max_rooms then return { 'roomLimit' } end

redis.call('ZADD', TOKENS, 'GT', text(now + token_ms), group_key)
if not group then
  group = { server }
  put_group(group_key, group)
elseif not stays then
  move_group(group_key, group, server, is_void)
  group = get_group(group_key)
end
for _, key in ipairs(admitted) do
  if not get_room(key) then open_room(key, nil, group_key, group) end
  add(server, 'v', redis.call('ZADD', P .. 'v:' .. key, slot_end(now + slot_ms), user))
  redis.call('ZADD', DUE, 'NX', slot_end(now + slot_ms), key)
end
write_sums()
tell({ type = 'admit', group = group_key, server = server, user = user, rooms = admitted })
return { 'ok', server, unpack(admitted) }
