-- Begins a new life of a state that was lost, or is older than what gateways know: unless another gateway did so before.
local known = redis.call('HGET', META, 'inc')
if known and known ~= life then return { 'renewed', known } end
for _, key in ipairs(redis.call('HKEYS', ROOMS)) do redis.call('DEL', P .. 'v:' .. key) end
redis.call('DEL', META, GROUPS, ROOMS, DUE, TOKENS, BANS, BAN_ENDS, TASKS)
redis.call('HSET', META, 'inc', ARGV[9], 'seq', 0)
return { 'renewed', ARGV[9] }
