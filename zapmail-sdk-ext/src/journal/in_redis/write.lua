-- Replaces the entry of a key that still has the same claim. A purchase that has ended no longer counts as running. A purchase
-- that is about to be sent must not have exceeded its maximum duration, which then starts again. ARGV: the entry, whether the
-- purchase has ended, the claim. Returns whether the claim was lost.
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
