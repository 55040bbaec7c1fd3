-- Carries out the call of a backend: a ban that is put in force or ended, and tasks for the servers that host the room.
-- Each place where the room could be is named with where the gateway knows it to be: if that is not so, nothing happens.
local refusal = refuse()
if refusal then return refusal end
expire()
for _ = 1, number() do
  local room_key, believed = arg(), arg()
  local room = get_room(room_key)
  local group = room and get_group(room.group)
  if (group and group[1] or '') ~= believed then return { 'moved' } end
end
local delta = { type = 'call' }
local action, ban_key, ban, left, max_bans = arg(), arg(), arg(), number(), number()
if action == 'set' then
  local is_new = redis.call('HEXISTS', BANS, ban_key) == 0
  if is_new and redis.call('HLEN', BANS) >= max_bans then return { 'banLimit' } end
  redis.call('HSET', BANS, ban_key, text(now + left) .. ':' .. ban)
  redis.call('ZADD', BAN_ENDS, text(now + left), ban_key)
  delta.ban, delta.ends = ban, text(now + left)
elseif action == 'end' then
  redis.call('HDEL', BANS, ban_key)
  redis.call('ZREM', BAN_ENDS, ban_key)
  delta.ban, delta.ends = ban, '0'
end
local count = number()
if count > 0 then delta.tasks = {} end
for _ = 1, count do
  local task = arg()
  local id = life .. ':' .. redis.call('HINCRBY', META, 'task', 1)
  redis.call('HSET', TASKS, id, text(now) .. ':' .. task)
  table.insert(delta.tasks, { id, task })
end
tell(delta)
return { 'ok' }
