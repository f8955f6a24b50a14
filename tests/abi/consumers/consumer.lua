-- SPDX-License-Identifier: Apache-2.0
-- Prints the first twenty events of a board in another process, and holds the call that is up: in Lua, with LuaJIT.
--
--   luajit consumer.lua LIBRARY HEADERS RUN      libcordboard_c.so, the folder that holds cordboard/, the board's run folder
--
-- LuaJIT reads the two C headers as they are, but for the preprocessor's lines.
local ffi, bit = require("ffi"), require("bit")
local library, headers, run = arg[1], arg[2], arg[3]
for _, header in ipairs({"cordboard_schema.h", "cordboard.h"}) do
  local text = "\n" .. assert(io.open(headers .. "/cordboard/" .. header)):read("*a")
  text = text:gsub("\n#ifdef __cplusplus\n.-\n#endif", "\n"):gsub("\n#[^\n]*", "\n"):gsub("\n#[^\n]*", "\n")
  ffi.cdef((text:gsub("CORDBOARD_API ", "")))
end
local c = ffi.load(library)

local function need(told)
  if told ~= c.CORDBOARD_OK then
    error(ffi.string(c.cordboard_error_text(told)) .. " " .. ffi.string(c.cordboard_error_detail()))
  end
end
local function decimal(number) return (tostring(number):gsub("U?LL$", "")) end
local function hex(id) return bit.tohex(id, 16) end

local board, reader = ffi.new("cordboard_board*[1]"), ffi.new("cordboard_reader*[1]")
local events, count = ffi.new("const cordboard_event*[1]"), ffi.new("uint64_t[1]")
local text, length = ffi.new("char[65536]"), ffi.new("uint64_t[1]")
local call, printed = ffi.new("cordboard_call"), 0
assert(c.cordboard_abi() >= 1, "the library is older than this program")
need(c.cordboard_attach(run, board))
need(c.cordboard_read(board[0], 0, reader))
while printed < 20 or call.id == 0 do
  need(c.cordboard_reader_next(reader[0], 5000, events, count))
  for i = 0, tonumber(count[0]) - 1 do
    local e = events[0][i]
    if e.kind == c.CORDBOARD_EVENT_ESTABLISHED then call.id = e.call.id end
    printed = printed + 1
    if printed <= 20 then
      need(c.cordboard_reader_text(reader[0], e, text, ffi.sizeof(text), length))
      print(table.concat({
        decimal(e.sequence), decimal(e.time_ns), ffi.string(c.cordboard_event_name(e.kind)), "call", hex(e.call.id), "leg",
        hex(e.leg.id), "party", hex(e.party.id), "device", e.device.id, "operator", e.operator_.id, "queue", e.queue.id,
        "cause", e.cause, "value", decimal(e.value), "[" .. ffi.string(text, length[0]) .. "]"
      }, " "))
    end
  end
end
local command, outcome, accepted = ffi.new("cordboard_command"), ffi.new("cordboard_event"), ffi.new("uint64_t[1]")
need(c.cordboard_command_init(command, 5000))
c.cordboard_command_hold(command, call)
need(c.cordboard_submit(board[0], command, accepted))
need(c.cordboard_outcome(board[0], command.id, accepted[0], 5000, outcome))
print(("%s call %s: %s"):format(
  ffi.string(c.cordboard_command_name(command.kind)), hex(call.id), ffi.string(c.cordboard_event_name(outcome.kind))))
need(c.cordboard_reader_close(reader[0]))
need(c.cordboard_close(board[0]))
