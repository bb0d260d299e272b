-- Replaces an entry; what has ended is not running any more. Before sending, the key must still be the owner's.
-- ARGV: the entry, whether it has ended, the owner. Returns whether the key was lost.
local is_over = ARGV[2] == '1'
if not is_over and redis.call('HGET', KEYS[1], 'owner') ~= ARGV[3] then return 1 end
redis.call('HSET', KEYS[1], 'entry', ARGV[1], 'claimed', '0')
if is_over then redis.call('HDEL', KEYS[1], 'until') end
return 0
