-- Saves a part of the progress of a run whose key still has the same claim. KEYS: the entry, the progress. ARGV: the claim,
-- the part, the progress. Returns whether the claim was lost.
if redis.call('HGET', KEYS[1], 'claim') ~= ARGV[1] then return 1 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return 0
