-- Reserves slots for requests: as many as are free now, or else the next one. First, notes what became of earlier ones.
--
-- KEYS: all requests, availability checks, what else is known. A request is a member of the sorted sets; its score is the
-- time by which it reaches the service at the latest, in microseconds of this server's clock.
local position = 0
local function argument()
    position = position + 1
    return ARGV[position]
end
local function number() return tonumber(argument()) end

local client, first, wanted, is_check, margin, slack = argument(), number(), number(), number() == 1, number(), number()
-- Whether the caller has used these keys lately, and whether it wants full windows if they were lost meanwhile.
local knows, fills = number() == 1, number() == 1
-- Pairs of a number of requests and a length, for all requests and for availability checks.
local windows = {{}, {}}
for set = 1, 2 do
    for _ = 1, number() do table.insert(windows[set], {number(), number()}) end
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
-- Not in scientific notation, which has too few digits.
local function text(number) return string.format('%.0f', number) end

-- The largest number and the largest length of all windows of a set.
local function largest(set)
    local most, longest = 0, 0
    for _, window in ipairs(windows[set]) do
        most, longest = math.max(most, window[1]), math.max(longest, window[2])
    end
    return most, longest
end

local function add(set, member, score)
    local most, longest = largest(set)
    if most == 0 then return end
    redis.call('ZADD', KEYS[set], text(score), member)
    -- Not what will have left its window when this slot is used: the slot may be given back.
    redis.call('ZREMRANGEBYSCORE', KEYS[set], '-inf', text(now - longest - slack))
    redis.call('PEXPIRE', KEYS[set], text((score - now + longest) / 1000 + 60000))
end

-- A server that was started again may have lost requests, and one whose clock was set back cannot compare them: full
-- windows are the only safe guess.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
local known = redis.call('HGET', KEYS[3], 'run')
local was_set_back = now + 1000000 < tonumber(redis.call('HGET', KEYS[3], 'clock') or 0)
if was_set_back then redis.call('DEL', KEYS[1], KEYS[2], KEYS[3]) end
local is_lost = was_set_back or known ~= run and (known or knows)
if is_lost and fills then
    for set = 1, 2 do
        for number = 1, (largest(set)) do add(set, 'lost:' .. number, now) end
    end
end
redis.call('HSET', KEYS[3], 'run', run, 'clock', text(now))
redis.call('PEXPIRE', KEYS[3], 32 * 60 * 1000)

-- Earlier requests, until the end of the arguments.
while position < #ARGV do
    local action, subject, amount = argument(), argument(), number()
    local member = client .. ':' .. subject
    if action == 'release' then
        -- It was not sent.
        for set = 1, 2 do redis.call('ZREM', KEYS[set], member) end
    elseif action == 'arrived' then
        -- It arrived later than expected, or earlier.
        for set = 1, 2 do
            local score = redis.call('ZSCORE', KEYS[set], member)
            if score then redis.call('ZADD', KEYS[set], text(tonumber(score) + amount), member) end
        end
    elseif action == 'delay' then
        -- The service asked for it: of all requests (1) or of availability checks (2).
        local field = 'delay_' .. subject
        local known = tonumber(redis.call('HGET', KEYS[3], field) or 0)
        redis.call('HSET', KEYS[3], field, text(math.max(now + amount, known)))
    end
end

local function free_at()
    local at = math.max(now, tonumber(redis.call('HGET', KEYS[3], 'delay_1') or 0))
    if is_check then at = math.max(at, tonumber(redis.call('HGET', KEYS[3], 'delay_2') or 0)) end
    for set = 1, is_check and 2 or 1 do
        for _, window in ipairs(windows[set]) do
            local oldest = redis.call('ZREVRANGE', KEYS[set], window[1] - 1, window[1] - 1, 'WITHSCORES')[2]
            if oldest then at = math.max(at, tonumber(oldest) + window[2] + slack) end
        end
    end
    return at
end

local reserved, delay = 0, 0
while reserved < wanted and delay == 0 do
    local at = free_at()
    if at > now and reserved > 0 then break end
    local member = client .. ':' .. text(first + reserved)
    add(1, member, at + margin)
    if is_check then add(2, member, at + margin) end
    reserved, delay = reserved + 1, at - now
end
return {reserved, text(delay), is_lost and 1 or 0}
