-- Frees an event of the same claim. KEYS: the event; ARGV: the claim.
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
