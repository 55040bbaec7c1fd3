-- Forgets a server that is gone, with the groups that are bound to it.
local refusal = refuse()
if refusal then return refusal end
expire()
local server = arg()
for _ = 1, number() do
  local key = arg()
  local group = get_group(key)
  if group and group[1] == server then
    for i = 2, #group do
      local room = get_room(group[i])
      add(server, 'p', -(room and room.peers or 0))
      add(server, 'n', -1)
      add(server, 'v', -reserved(group[i]))
      redis.call('DEL', P .. 'v:' .. group[i])
      redis.call('HDEL', ROOMS, group[i])
      redis.call('ZREM', DUE, group[i])
    end
    redis.call('HDEL', GROUPS, key)
    redis.call('ZREM', TOKENS, key)
  end
end
write_sums()
redis.call('HDEL', META, 'off:' .. server, 'p:' .. server, 'v:' .. server, 'n:' .. server)
return { 'ok' }
