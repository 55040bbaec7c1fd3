-- Has the rooms of a server that has fallen silent count no longer, until somebody is sent there or it reports.
local refusal = refuse()
if refusal then return refusal end
expire()
local server = arg()
if redis.call('HSETNX', META, 'off:' .. server, 1) == 1 then
  for _, what in ipairs({ 'p', 'v', 'n' }) do
    local sum = total(what .. ':' .. server)
    if sum ~= 0 then redis.call('HINCRBY', META, what, -sum) end
  end
end
return { 'ok' }
