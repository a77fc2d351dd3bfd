-- Batches of 1,000 transfers, each with a key of its own, between accounts drawn at random.
-- Arguments after `--`: API key, number of accounts, unused, name of this run.
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local accounts, prefix, head
local count = 0

-- The same ids that bench/accounts.ts opens.
local function id(index)
  return string.format("00000000-0000-4000-8000-%012x", index + 1)
end

function init(args)
  accounts = tonumber(args[2])
  prefix = args[4] .. "-" .. number .. "-"
  math.randomseed(os.time() + number)
  head = "POST /v1/transfers/batch HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port ..
    "\r\nAuthorization: Bearer " .. args[1] .. "\r\nContent-Type: application/json\r\nContent-Length: "
end

function request()
  local items = {}
  for index = 1, 1000 do
    count = count + 1
    local from = math.random(0, accounts - 1)
    local to = (from + math.random(1, accounts - 1)) % accounts
    items[index] = '{"from":"' .. id(from) .. '","to":"' .. id(to) .. '","amount_minor":' ..
      math.random(100, 999) .. ',"currency":"USD","idempotencyKey":"' .. prefix .. count .. '"}'
  end
  local body = '{"mode":"independent","transfers":[' .. table.concat(items, ",") .. "]}"
  return head .. #body .. "\r\n\r\n" .. body
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
