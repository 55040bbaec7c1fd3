-- Removes all there is of a customer who has nothing.
local refusal = refuse()
if refusal then return refusal end
expire()
if redis.call('EXISTS', GROUPS, BANS, TASKS) > 0 then return { 'used' } end
tell({ type = 'gone' })
redis.call('DEL', META, ROOMS, DUE, TOKENS, BAN_ENDS)
return { 'ok' }
