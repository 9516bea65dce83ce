-- What wrk sends: the steps of one measurement, each with what it takes from the answers before it.
-- The file named on the command line returns a table: steps, input, output, loop, enough, filler, result.

local ffi = require("ffi")
ffi.cdef("int kill(int, int); int getpid(void);")

local spec, queues, output, primed = nil, {}, nil, false
local threads = {}
good, bad, sample = 0, 0, ""

function setup(thread)
  threads[#threads + 1] = thread
end

local function push(queue, value)
  queue.last = queue.last + 1
  queue[queue.last] = value
end

local function pop(queue)
  if queue.first > queue.last then
    return nil
  end
  local value = queue[queue.first]
  queue[queue.first] = nil
  queue.first = queue.first + 1
  return value
end

function init(args)
  spec = dofile(args[1])
  for number, step in ipairs(spec.steps) do
    queues[number] = { first = 1, last = 0 }
    local before, after = step.body:match("^(.-)@@(.*)$")
    step.before, step.after = before, after
    step.whole = before == nil and wrk.format(step.method, step.path, step.headers, step.body) or nil
  end
  if spec.input then
    for line in io.lines(spec.input) do
      push(queues[1], line)
    end
  end
  if spec.output then
    output = assert(io.open(spec.output, "w"))
  end
  -- Plain requests need no look at the answer: wrk itself counts what is not 2xx or 3xx.
  if spec.plain then
    response = nil
  end
end

function request()
  local asked = primed
  primed = true -- wrk asks once before it starts, and throws that away
  for number = #spec.steps, 1, -1 do
    local step = spec.steps[number]
    if step.whole then
      return step.whole
    elseif asked then
      local value = pop(queues[number])
      if value then
        return wrk.format(step.method, step.path, step.headers, step.before .. value .. step.after)
      end
    end
  end
  return wrk.format("GET", spec.filler)
end

local function wanted(step, status, headers, body)
  if status ~= step.expect then
    return nil
  end
  if not step.take then
    return true
  end
  local text = step.from == "location" and (headers["location"] or headers["Location"] or "") or body
  return text:match(step.take)
end

function response(status, headers, body)
  for number, step in ipairs(spec.steps) do
    local value = wanted(step, status, headers, body)
    if value then
      if number == #spec.steps then
        good = good + 1
        if output then
          output:write(value, "\n")
        end
        if spec.loop then
          push(queues[1], value)
        end
      else
        push(queues[number + 1], value)
      end
      if spec.enough and good + bad >= spec.enough then
        if output then
          output:flush()
        end
        wrk.thread:stop()
        ffi.C.kill(ffi.C.getpid(), 2)
      end
      return
    end
  end
  if status ~= 200 or not body:find('"issuer"', 1, true) then -- not the filler's answer
    bad = bad + 1
    sample = status .. " " .. body:sub(1, 200)
  end
end

function done(summary, latency)
  local thread = threads[1]
  local file = assert(io.open(os.getenv("BENCH_RESULT"), "w"))
  local errors = summary.errors
  file:write(string.format(
    '{"good":%d,"bad":%d,"requests":%d,"refused":%d,"broken":%d,"seconds":%.6f,"p50":%.4f,"p99":%.4f,"sample":"%s"}\n',
    thread:get("good"), thread:get("bad"), summary.requests, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    (thread:get("sample"):gsub('[^%w %.:,{}_-]', "'"))))
  file:close()
end
