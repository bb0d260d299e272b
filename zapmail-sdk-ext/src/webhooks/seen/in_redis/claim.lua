-- Claims an event unless it is known, and returns the value of a known one: `handled` or a claim.
-- KEYS: the event; ARGV: the claim, its lifetime in milliseconds.
local known = redis.call('GET', KEYS[1])
if known then return known end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ''
