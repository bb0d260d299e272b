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
-- The run of the server that the caller has seen last, if that was lately; whether it wants full windows if requests were
-- lost; and whether it has sent requests that are not known here.
local seen, fills, doubts = argument(), number() == 1, number() == 1
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
    local last = redis.call('ZREVRANGE', KEYS[set], 0, 0, 'WITHSCORES')[2]
    redis.call('PEXPIRE', KEYS[set], text((tonumber(last) - now + longest) / 1000 + 60000))
end

-- A server that was started again may have lost requests, and one whose clock was set back cannot compare them: full
-- windows are the only safe guess.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
local was_set_back = now + 1000000 < tonumber(redis.call('HGET', KEYS[3], 'clock') or 0)
if was_set_back then redis.call('DEL', KEYS[1], KEYS[2], KEYS[3]) end
local known = redis.call('HGET', KEYS[3], 'run')
local is_lost = was_set_back or (seen ~= '' and known ~= seen) or (seen ~= '' and seen ~= run) or (known and known ~= run)
if is_lost then
    doubts = true
    -- Once for each run, whoever notices first.
    if fills and redis.call('HGET', KEYS[3], 'filled') ~= run then
        for set = 1, 2 do
            for number = 1, (largest(set)) do add(set, 'lost:' .. number, now + margin) end
        end
        redis.call('HSET', KEYS[3], 'filled', run)
    end
end
redis.call('HSET', KEYS[3], 'run', run, 'clock', text(now))
-- Since when the requests here may not be all there were.
if doubts then redis.call('HSET', KEYS[3], 'doubt', text(now)) end
local doubt = redis.call('HGET', KEYS[3], 'doubt')
redis.call('PEXPIRE', KEYS[3], 32 * 60 * 1000)

-- Earlier requests, until the end of the arguments.
while position < #ARGV do
    local action, subject, amount = argument(), argument(), number()
    local member = client .. ':' .. subject
    if action == 'release' then
        -- It was not sent.
        for set = 1, 2 do redis.call('ZREM', KEYS[set], member) end
    elseif action == 'arrived' then
        -- It arrived at the latest so many microseconds ago.
        for set = 1, 2 do redis.call('ZADD', KEYS[set], 'XX', text(now - amount), member) end
    elseif action == 'delay' then
        -- The service asked for it: of all requests (1) or of availability checks (2).
        local field = 'delay_' .. subject
        local known = tonumber(redis.call('HGET', KEYS[3], field) or 0)
        redis.call('HSET', KEYS[3], field, text(math.max(now + amount, known)))
    end
end

-- When the windows of a set admit the next request.
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
        -- A slot of all requests would be taken for as long, so nothing is reserved.
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
