// The trade of leases as a script in Redis: all asks of an instance in one step, by the clock of Redis alone.

import {
  CLOCK_STEP_MS,
  GAUGE_TTLS,
  INSTANCE_MS,
  LEAST_LEASE,
  SHORT_SHARE,
  SPARE_REQUESTS,
  SPARE_SHARE,
} from "../limit-store.ts";

/** Version of what is kept: another form of keys or fields gets another number, and both may run side by side. */
export const LIMIT_FORM = "1";

/** Fields of one ask in the arguments, in this order. */
const ASK_FIELDS = 11;

/** A reply is remembered for so long, for the trade whose reply was lost, milliseconds. */
const REPLY_MS = 3_600_000;

/**
 * KEYS: 1 instances, 2 this instance's last trade, 3 epoch, 4… one hash for each ask. ARGV: instance, seq, ttl, a new
 * epoch, the one that the instance knows or nothing, then the fields of each ask. Returns a list of texts: instances, epoch, then granted, left, window and ends for
 * each ask. In a hash: `d` what is missing to be full, `t` when that was so, `w` the window of money, `h:<instance>` what
 * that instance holds and until when. Sums of money are whole pico-dollars kept by HINCRBY, exact to 2^63; beyond 2^53, where
 * Lua's numbers round, what is left is taken for 4,096 pico-dollars less. Money is always compared as `capacity - d`.
 */
export const LIMIT_SCRIPT = `
local me, seq, ttl = ARGV[1], ARGV[2], tonumber(ARGV[3])
local last = redis.call('HMGET', KEYS[2], 'seq', 'reply')
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
redis.call('HSET', KEYS[1], me, string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], ${INSTANCE_MS * 2})
if last[1] == seq then return cjson.decode(last[2]) end
local instances = 0
local seen = redis.call('HGETALL', KEYS[1])
for i = 1, #seen, 2 do
  if math.abs(now - tonumber(seen[i + 1])) > ${INSTANCE_MS} then redis.call('HDEL', KEYS[1], seen[i]) else instances = instances + 1 end
end
local epoch = redis.call('GET', KEYS[3])
if not epoch then
  epoch = ARGV[4]
  redis.call('SET', KEYS[3], epoch)
end
local function whole(x) return string.format('%.0f', x) end
local function civil(day)
  local z = day + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local month = mp < 10 and mp + 3 or mp - 9
  return yoe + era * 400 + (month <= 2 and 1 or 0), month
end
local function daysBefore(year, month)
  local y = month <= 2 and year - 1 or year
  local era = math.floor(y / 400)
  local yoe = y - era * 400
  local doy = math.floor((153 * (month > 2 and month - 3 or month + 9) + 2) / 5)
  return era * 146097 + yoe * 365 + math.floor(yoe / 4) - math.floor(yoe / 100) + doy - 719468
end
local function windowAt(kind, at)
  if kind == 'month' then
    local year, month = civil(math.floor(at / 86400000))
    local ends = month == 12 and daysBefore(year + 1, 1) or daysBefore(year, month + 1)
    return daysBefore(year, month) * 86400000, ends * 86400000
  end
  local size = kind == 'hour' and 3600000 or 86400000
  local start = math.floor(at / size) * size
  return start, start + size
end
local reply = { whole(instances), epoch }
if ARGV[5] ~= '' and ARGV[5] ~= epoch then
  for i = 1, (#KEYS - 3) * 4 do reply[#reply + 1] = '0' end
  redis.call('HSET', KEYS[2], 'seq', seq, 'reply', cjson.encode(reply))
  redis.call('PEXPIRE', KEYS[2], ${REPLY_MS})
  return reply
end
local at = 6
for k = 4, #KEYS do
  local key, kind, capacity, perMs = KEYS[k], ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local hold, debit, give = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
  local need, least, want = tonumber(ARGV[at + 6]), tonumber(ARGV[at + 7]), tonumber(ARGV[at + 8])
  local asked, floor = tonumber(ARGV[at + 9]), ARGV[at + 10]
  at = at + ${ASK_FIELDS}
  local fields = redis.call('HGETALL', key)
  local d, t, w, others, mine = 0, now, 0, 0, 0
  for i = 1, #fields, 2 do
    local name, value = fields[i], fields[i + 1]
    if name == 'd' then d = tonumber(value)
    elseif name == 't' then t = tonumber(value)
    elseif name == 'w' then w = tonumber(value)
    else
      local amount, ends = string.match(value, '^(%S+) (%S+)$')
      if tonumber(ends) <= now or tonumber(ends) > now + ttl * 10 then redis.call('HDEL', key, name)
      elseif name == 'h:' .. me then mine = tonumber(amount)
      else others = others + tonumber(amount) end
    end
  end
  local window, ends, full, left = 0, 0, capacity - others - hold, 0
  if kind == 'rate' then
    d = math.max(others + mine, d - math.max(0, now - t) * perMs)
    d = math.max(others + hold, d + debit - give)
    left = capacity - d
  elseif kind == 'gauge' then
    d = others + hold
    left = capacity - d
  else
    local start, stop = windowAt(kind, w > now and w - now <= ${CLOCK_STEP_MS} and w or now)
    window, ends, full = start, stop - now, capacity
    if w ~= start then redis.call('HSET', key, 'w', whole(start)) end
    if w < start then
      redis.call('HSET', key, 'd', '0')
      d = 0
    end
    if asked == start then
      local kept = redis.call('HGET', key, 'd') or '0'
      if #kept < #floor or (#kept == #floor and kept < floor) then redis.call('HSET', key, 'd', floor) end
      if debit ~= give then redis.call('HINCRBY', key, 'd', whole(debit - give)) end
      d = tonumber(redis.call('HGET', key, 'd'))
      if d < 0 then
        redis.call('HSET', key, 'd', '0')
        d = 0
      end
    else hold = 0 end
    left = capacity - d
    if d > 9007199254740992 or capacity > 9007199254740992 then left = left - 4096 end
  end
  local granted = 0
  if need > 0 and left > 0 and left >= math.min(least, full) then granted = math.max(least, math.min(need, math.floor(left))) end
  local rest = left - granted
  if granted >= need and need + want > 0 and rest > 0 then
    local spare, more = math.min(${SPARE_REQUESTS} * least, capacity * ${SPARE_SHARE}), 0
    if rest >= capacity * ${SHORT_SHARE} then more = math.min(math.max(want, spare, capacity * ${LEAST_LEASE}), rest / instances)
    elseif kind == 'rate' then more = math.min(want, rest) end
    granted = granted + math.floor(more)
  end
  left = left - granted
  local held = kind == 'gauge' and ttl * ${GAUGE_TTLS} or ttl
  local keep = 2 * held
  if kind == 'rate' then
    d = d + granted
    redis.call('HSET', key, 'd', string.format('%.17g', d), 't', whole(now))
    keep = math.max(keep, 2 * d / perMs)
  elseif kind == 'gauge' then
    redis.call('HSET', key, 't', whole(now))
  else
    if granted > 0 then redis.call('HINCRBY', key, 'd', whole(granted)) end
    keep = ends + 86400000
  end
  if hold + granted > 0 then redis.call('HSET', key, 'h:' .. me, whole(hold + granted) .. ' ' .. whole(now + held))
  else redis.call('HDEL', key, 'h:' .. me) end
  redis.call('PEXPIRE', key, whole(math.ceil(keep) + 1000))
  reply[#reply + 1] = whole(granted)
  reply[#reply + 1] = string.format('%.17g', left)
  reply[#reply + 1] = whole(window)
  reply[#reply + 1] = whole(ends)
end
redis.call('HSET', KEYS[2], 'seq', seq, 'reply', cjson.encode(reply))
redis.call('PEXPIRE', KEYS[2], ${REPLY_MS})
return reply
`;
