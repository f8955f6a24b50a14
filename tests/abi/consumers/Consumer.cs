// SPDX-License-Identifier: Apache-2.0
// Prints the first twenty events of a board in another process, and holds the call that is up: in C#.
//
//   mcs Consumer.cs && mono Consumer.exe /run/cordboard      (libcordboard_c.so where the loader finds it)
//
// The records are written down here once more; "--layout" says how they lie, and a test compares.
using System;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

static class Consumer {
  [StructLayout(LayoutKind.Sequential)]
  struct CommandId { public ulong high, low; }

  [StructLayout(LayoutKind.Sequential)]
  struct Call { public ulong id; }

  [StructLayout(LayoutKind.Sequential)]
  struct Event {
    public ulong sequence; public long time_ns; public ushort kind; public byte flags, batch_left; public ushort cause;
    public byte layer, state; public ushort detail; public byte custodian, consent; public uint revision;
    public ulong call, leg, party, other, request; public uint device, operator_, queue, actor; public CommandId command;
    public long value; public uint text_at; public ushort text_len, marks; public uint spare, crc32c;
  }

  [StructLayout(LayoutKind.Sequential)]
  struct Command {
    public CommandId id; public long deadline_ns; public ushort kind; public byte flags, consent; public ushort detail, text_len;
    public ulong call, leg, party, other, new_call, new_leg, new_party; public long value;
    public uint device, operator_, queue, actor, revision, spare0; public ulong request;
    [MarshalAs(UnmanagedType.ByValArray, SizeConst = 384)] public byte[] text;
  }
  const ushort Established = 101;
  const string Library = "libcordboard_c.so.0.1";

  [DllImport(Library)] static extern uint cordboard_abi();
  [DllImport(Library)] static extern IntPtr cordboard_error_text(int error);
  [DllImport(Library)] static extern IntPtr cordboard_error_detail();
  [DllImport(Library)] static extern IntPtr cordboard_event_name(ushort kind);
  [DllImport(Library)] static extern IntPtr cordboard_command_name(ushort kind);
  [DllImport(Library)] static extern int cordboard_attach(byte[] path, out IntPtr board);
  [DllImport(Library)] static extern int cordboard_close(IntPtr board);
  [DllImport(Library)] static extern int cordboard_read(IntPtr board, ulong after, out IntPtr reader);
  [DllImport(Library)] static extern int cordboard_reader_next(IntPtr reader, long timeout_ms, out IntPtr events, out ulong count);
  [DllImport(Library)] static extern int cordboard_reader_text(IntPtr reader, IntPtr e, byte[] buffer, ulong size, out ulong length);
  [DllImport(Library)] static extern int cordboard_reader_close(IntPtr reader);
  [DllImport(Library)] static extern int cordboard_command_init(ref Command command, long timeout_ms);
  [DllImport(Library)] static extern void cordboard_command_hold(ref Command command, Call call);
  [DllImport(Library)] static extern int cordboard_submit(IntPtr board, ref Command command, out ulong accepted);
  [DllImport(Library)] static extern int cordboard_outcome(IntPtr board, CommandId id, ulong accepted, long timeout_ms, out Event e);

  static string Text(IntPtr text) { return Marshal.PtrToStringAnsi(text); }

  static void Need(int told) {
    if (told != 0) throw new Exception(Text(cordboard_error_text(told)) + " " + Text(cordboard_error_detail()));
  }

  static void PrintLayout(Type record, string title) {
    Console.WriteLine("{0} {1}", title, Marshal.SizeOf(record));
    foreach (FieldInfo field in record.GetFields()) {
      int size = field.FieldType == typeof(byte[]) ? 384 : Marshal.SizeOf(field.FieldType);
      Console.WriteLine("{0}.{1} {2} {3}", title, field.Name.TrimEnd('_'), Marshal.OffsetOf(record, field.Name), size);
    }
  }

  static void Print(IntPtr reader, IntPtr at, Event e) {
    byte[] text = new byte[65536];
    ulong length;
    Need(cordboard_reader_text(reader, at, text, (ulong)text.Length, out length));
    Console.Write("{0} {1} {2} call {3:x16} leg {4:x16} party {5:x16}", e.sequence, e.time_ns, Text(cordboard_event_name(e.kind)),
                  e.call, e.leg, e.party);
    Console.WriteLine(" device {0} operator {1} queue {2} cause {3} value {4} [{5}]", e.device, e.operator_, e.queue, e.cause,
                      e.value, Encoding.UTF8.GetString(text, 0, (int)length));
  }

  static int Main(string[] arguments) {
    if (arguments[0] == "--layout") {
      PrintLayout(typeof(Event), "event");
      PrintLayout(typeof(Command), "command");
      return 0;
    }
    if (cordboard_abi() < 1) return 2;
    IntPtr board, reader, events;
    ulong count, accepted;
    Call call = new Call();
    int printed = 0;
    Need(cordboard_attach(Encoding.UTF8.GetBytes(arguments[0] + "\0"), out board));
    Need(cordboard_read(board, 0, out reader));
    while (printed < 20 || call.id == 0) {
      Need(cordboard_reader_next(reader, 5000, out events, out count));
      for (ulong i = 0; i < count; ++i) {
        IntPtr at = new IntPtr(events.ToInt64() + (long)i * Marshal.SizeOf(typeof(Event)));
        Event e = (Event)Marshal.PtrToStructure(at, typeof(Event));
        if (e.kind == Established) call.id = e.call;
        if (++printed <= 20) Print(reader, at, e);
      }
    }
    Command command = new Command();
    Event outcome;
    Need(cordboard_command_init(ref command, 5000));
    cordboard_command_hold(ref command, call);
    Need(cordboard_submit(board, ref command, out accepted));
    Need(cordboard_outcome(board, command.id, accepted, 5000, out outcome));
    Console.WriteLine("{0} call {1:x16}: {2}", Text(cordboard_command_name(command.kind)), call.id,
                      Text(cordboard_event_name(outcome.kind)));
    Need(cordboard_reader_close(reader));
    Need(cordboard_close(board));
    return 0;
  }
}
