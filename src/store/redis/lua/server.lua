-- Keeps what is known of a server, which KEYS[1] is about, and tells all gateways; an empty text forgets it.
-- ARGV: channel, server, gateway, ms to add to the clock, when the gateway knew everything, how long that is good for, what is
-- known as JSON, how many ms ago the server reported, what else the gateways are told.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000) + tonumber(ARGV[4])
if now - tonumber(ARGV[5]) > tonumber(ARGV[6]) then return { 'fenced' } end
if ARGV[7] == '' then redis.call('DEL', KEYS[1])
else redis.call('HSET', KEYS[1], 'known', ARGV[7], 'at', string.format('%.0f', now - tonumber(ARGV[8])), 'figures', ARGV[9]) end
redis.call('PUBLISH', ARGV[1], cjson.encode({
  type = 'server', server = ARGV[2], gateway = ARGV[3], known = ARGV[7], silent = tonumber(ARGV[8]), figures = ARGV[9],
}))
return { 'ok' }
