-- Takes note of tasks that went out with a reply, and of those that have arrived.
local refusal = refuse()
if refusal then return refusal end
local delta = { type = 'tasks' }
for _ = 1, number() do
  delta.sent = delta.sent or {}
  table.insert(delta.sent, arg())
end
for _ = 1, number() do
  local id = arg()
  delta.done = delta.done or {}
  table.insert(delta.done, id)
  redis.call('HDEL', TASKS, id)
end
tell(delta)
return { 'ok' }
