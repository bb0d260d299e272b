-- Claims a key, or returns its entry and whether its purchase is running. Claiming a key again with the same claim restarts
-- its time. Uses the clock of the Redis server.
-- KEYS: the entry, the set of all keys. ARGV: the entry, the maximum duration in milliseconds, the key, the claim.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'entry', 'until', 'claimed', 'claim')
local is_running = known[2] and tonumber(known[2]) > now
local is_free = known[3] == '1' and (not is_running or known[4] == ARGV[4])
if known[1] and not is_free then return {known[1], is_running and 1 or 0} end
local until_ = string.format('%.0f', now + ARGV[2])
redis.call('HSET', KEYS[1], 'entry', ARGV[1], 'until', until_, 'claimed', '1', 'claim', ARGV[4], 'lasts', ARGV[2])
redis.call('SADD', KEYS[2], ARGV[3])
return {'', 0}
