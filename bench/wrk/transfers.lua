-- One transfer per request, each with a key of its own, between two accounts drawn at random.
-- Arguments after `--`: API key, number of accounts, `uniform` or `hot`, name of this run.
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local accounts, hot, prefix, head
local count = 0

-- The same ids that bench/accounts.ts opens.
local function id(index)
  return string.format("00000000-0000-4000-8000-%012x", index + 1)
end

function init(args)
  accounts = tonumber(args[2])
  hot = args[3] == "hot"
  prefix = args[4] .. "-" .. number .. "-"
  math.randomseed(os.time() + number)
  head = "POST /v1/transfers HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port ..
    "\r\nAuthorization: Bearer " .. args[1] .. "\r\nContent-Type: application/json\r\nIdempotency-Key: "
end

-- The first account is the hot one; it takes part in every transfer, or as often as any other.
function request()
  count = count + 1
  local from = hot and math.random(1, accounts - 1) or math.random(0, accounts - 1)
  local to = hot and 0 or (from + math.random(1, accounts - 1)) % accounts
  local body = '{"from":"' .. id(from) .. '","to":"' .. id(to) .. '","amount_minor":' ..
    math.random(100, 999) .. ',"currency":"USD"}'
  return head .. prefix .. count .. "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50":%d,"p99":%d,"p99_done":%d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99),
    -- Whoever is refused has waited longer than anybody else, so those that were not are the faster ones.
    latency:percentile(math.max(0.01, 99 * (summary.requests - errors.status) / summary.requests))))
end
