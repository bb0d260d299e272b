-- Returns an entry and whether its purchase is running.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'entry', 'until')
return {known[1] or '', (known[2] and tonumber(known[2]) > now) and 1 or 0}
