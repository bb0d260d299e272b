-- Reserves slots for requests: up to the wanted number of slots that are free now, or the next slot if none is free.
-- First, applies reports about earlier requests.
--
-- KEYS: all requests, availability checks, and the remaining state. A request is a member of the sorted sets; its score
-- is the latest time at which it reaches the service, in microseconds of this server's clock.
local position = 0
local function argument()
    position = position + 1
    return ARGV[position]
end
local function number() return tonumber(argument()) end

local client, first, wanted, is_check, margin, slack = argument(), number(), number(), number() == 1, number(), number()
-- The run id in the last response that the caller received, unless that was too long ago; whether the windows must be
-- treated as full if requests were lost; and whether the caller has sent requests that are not recorded here.
local last_run, fills, has_unrecorded = argument(), number() == 1, number() == 1
-- Pairs of a maximum number of requests and a length, for all requests and for availability checks.
local windows = {{}, {}}
for set = 1, 2 do
    for _ = 1, number() do table.insert(windows[set], {number(), number()}) end
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
-- Avoids scientific notation, which has too few digits.
local function text(number) return string.format('%.0f', number) end

-- The largest maximum and the largest length of all windows of a set.
local function largest(set)
    local max, longest = 0, 0
    for _, window in ipairs(windows[set]) do
        max, longest = math.max(max, window[1]), math.max(longest, window[2])
    end
    return max, longest
end

local function add(set, member, score)
    local max, longest = largest(set)
    if max == 0 then return end
    redis.call('ZADD', KEYS[set], text(score), member)
    -- Removes only requests that have left their windows now, not those that will have left when this slot is used: the
    -- slot may be released.
    redis.call('ZREMRANGEBYSCORE', KEYS[set], '-inf', text(now - longest - slack))
    local last = redis.call('ZREVRANGE', KEYS[set], 0, 0, 'WITHSCORES')[2]
    redis.call('PEXPIRE', KEYS[set], text((tonumber(last) - now + longest) / 1000 + 60000))
end

-- A server that was restarted may have lost requests, and a server whose clock was set back cannot compare their times:
-- only full windows are a safe assumption.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
local was_set_back = now + 1000000 < tonumber(redis.call('HGET', KEYS[3], 'clock') or 0)
if was_set_back then redis.call('DEL', KEYS[1], KEYS[2], KEYS[3]) end
local known = redis.call('HGET', KEYS[3], 'run')
local is_lost = was_set_back or (last_run ~= '' and (known ~= last_run or last_run ~= run)) or (known and known ~= run)
if is_lost then
    has_unrecorded = true
    -- Once per run, by the first caller that detects the loss.
    if fills and redis.call('HGET', KEYS[3], 'filled') ~= run then
        for set = 1, 2 do
            for number = 1, (largest(set)) do add(set, 'lost:' .. number, now + margin) end
        end
        redis.call('HSET', KEYS[3], 'filled', run)
    end
end
redis.call('HSET', KEYS[3], 'run', run, 'clock', text(now))
-- The last time at which requests may have been missing here.
if has_unrecorded then redis.call('HSET', KEYS[3], 'doubt', text(now)) end
local doubt = redis.call('HGET', KEYS[3], 'doubt')
redis.call('PEXPIRE', KEYS[3], 32 * 60 * 1000)

-- Reports about earlier requests, up to the end of the arguments.
while position < #ARGV do
    local action, subject, amount = argument(), argument(), number()
    local member = client .. ':' .. subject
    if action == 'release' then
        -- The request was not sent.
        for set = 1, 2 do redis.call('ZREM', KEYS[set], member) end
    elseif action == 'arrived' then
        -- The request arrived at the service at least `amount` microseconds ago.
        for set = 1, 2 do redis.call('ZADD', KEYS[set], 'XX', text(now - amount), member) end
    elseif action == 'delay' then
        -- The service requested a delay, of all requests (1) or of availability checks (2).
        local field = 'delay_' .. subject
        local known = tonumber(redis.call('HGET', KEYS[3], field) or 0)
        redis.call('HSET', KEYS[3], field, text(math.max(now + amount, known)))
    end
end

-- Returns when the windows of a set admit the next request.
local function free_at(set)
    local at = math.max(now, tonumber(redis.call('HGET', KEYS[3], 'delay_' .. set) or 0))
    for _, window in ipairs(windows[set]) do
        local oldest = redis.call('ZREVRANGE', KEYS[set], window[1] - 1, window[1] - 1, 'WITHSCORES')[2]
        if oldest then at = math.max(at, tonumber(oldest) + window[2] + slack) end
    end
    return at
end

local reserved, delay = 0, 0
while reserved < wanted and delay == 0 do
    if is_check and free_at(2) > now then
        -- A reserved slot would block other requests until then, so none is reserved.
        if reserved == 0 then delay = free_at(2) - now end
        break
    end
    local at = free_at(1)
    if at > now and reserved > 0 then break end
    local member = client .. ':' .. text(first + reserved)
    add(1, member, at + margin)
    if is_check then add(2, member, at + margin) end
    reserved, delay = reserved + 1, at - now
end
return {reserved, text(delay), is_lost and 1 or 0, run, doubt and text(now - tonumber(doubt)) or '-1'}
