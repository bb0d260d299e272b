-- Frees a key that still has the same claim. ARGV: the key, the claim. Returns whether the claim was lost.
if redis.call('HGET', KEYS[1], 'claim') ~= ARGV[2] then return 1 end
redis.call('DEL', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[1])
return 0
