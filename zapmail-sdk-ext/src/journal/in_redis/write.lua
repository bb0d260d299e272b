-- Replaces an entry of the same claim; what has ended is not running any more. What is to be sent must not have run out of
-- time, and runs for as long again. ARGV: the entry, whether it has ended, the claim. Returns whether the key was lost.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'claim', 'claimed', 'until', 'lasts')
if known[1] ~= ARGV[3] then return 1 end
if ARGV[2] == '1' then
    redis.call('HSET', KEYS[1], 'entry', ARGV[1], 'claimed', '0')
    redis.call('HDEL', KEYS[1], 'until')
    return 0
end
if known[2] ~= '1' or not known[3] or tonumber(known[3]) <= now then return 1 end
redis.call('HSET', KEYS[1], 'entry', ARGV[1], 'claimed', '0', 'until', string.format('%.0f', now + known[4]))
return 0
