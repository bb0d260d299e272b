-- Takes an event unless it is known, and returns what is known of it: `handled` or a claim.
-- KEYS: the event; ARGV: the claim, how many milliseconds it lasts.
local known = redis.call('GET', KEYS[1])
if known then return known end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ''
