-- Deletes an event that belongs to the claim. KEYS: the event; ARGV: the claim.
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
