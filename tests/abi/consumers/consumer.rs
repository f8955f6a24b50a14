// SPDX-License-Identifier: Apache-2.0
//! Prints the first twenty events of a board in another process, and holds the call that is up: in Rust, without a crate.
//!
//!     rustc --edition 2021 consumer.rs -L FOLDER_OF_THE_LIBRARY && ./consumer /run/cordboard
//!
//! The records are written down here once more; `consumer --layout` says how they lie, and a test compares.
use std::ffi::{c_char, c_void, CStr, CString};
use std::{env, mem, process, ptr, slice};

macro_rules! record {
    ($name:ident, $title:expr, { $($field:ident: $type:ty),* $(,)? }) => {
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub struct $name { $(pub $field: $type),* }
        impl $name {
            fn zero() -> Self { unsafe { mem::zeroed() } }
            fn print_layout() {
                let it = Self::zero();
                println!("{} {}", $title, mem::size_of::<Self>());
                $(println!("{}.{} {} {}", $title, stringify!($field),
                    ptr::addr_of!(it.$field) as usize - ptr::addr_of!(it) as usize, mem::size_of::<$type>());)*
            }
        }
    };
}
record!(Event, "event", {
    sequence: u64, time_ns: i64, kind: u16, flags: u8, batch_left: u8, cause: u16, layer: u8, state: u8, detail: u16,
    custodian: u8, consent: u8, revision: u32, call: u64, leg: u64, party: u64, other: u64, request: u64, device: u32,
    operator: u32, queue: u32, actor: u32, command: CommandId, value: i64, text_at: u32, text_len: u16, marks: u16,
    spare: u32, crc32c: u32,
});
record!(Command, "command", {
    id: CommandId, deadline_ns: i64, kind: u16, flags: u8, consent: u8, detail: u16, text_len: u16, call: u64, leg: u64,
    party: u64, other: u64, new_call: u64, new_leg: u64, new_party: u64, value: i64, device: u32, operator: u32, queue: u32,
    actor: u32, revision: u32, spare0: u32, request: u64, text: [c_char; 384],
});
#[repr(C)]
#[derive(Clone, Copy)]
pub struct CommandId {
    high: u64,
    low: u64,
}
#[repr(C)]
#[derive(Clone, Copy)]
struct Call {
    id: u64,
}
const ESTABLISHED: u16 = 101;

#[link(name = "cordboard_c")]
extern "C" {
    fn cordboard_abi() -> u32;
    fn cordboard_error_text(error: i32) -> *const c_char;
    fn cordboard_error_detail() -> *const c_char;
    fn cordboard_event_name(kind: u16) -> *const c_char;
    fn cordboard_command_name(kind: u16) -> *const c_char;
    fn cordboard_attach(path: *const c_char, board: *mut *mut c_void) -> i32;
    fn cordboard_close(board: *mut c_void) -> i32;
    fn cordboard_read(board: *mut c_void, after: u64, reader: *mut *mut c_void) -> i32;
    fn cordboard_reader_next(reader: *mut c_void, timeout_ms: i64, events: *mut *const Event, count: *mut u64) -> i32;
    fn cordboard_reader_text(reader: *mut c_void, event: *const Event, buffer: *mut u8, size: u64, length: *mut u64) -> i32;
    fn cordboard_reader_close(reader: *mut c_void) -> i32;
    fn cordboard_command_init(command: *mut Command, timeout_ms: i64) -> i32;
    fn cordboard_command_hold(command: *mut Command, call: Call);
    fn cordboard_submit(board: *mut c_void, command: *const Command, accepted: *mut u64) -> i32;
    fn cordboard_outcome(board: *mut c_void, id: CommandId, accepted: u64, timeout_ms: i64, outcome: *mut Event) -> i32;
}

fn string(text: *const c_char) -> String {
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

fn need(told: i32) {
    if told != 0 {
        eprintln!("{} {}", string(unsafe { cordboard_error_text(told) }), string(unsafe { cordboard_error_detail() }));
        process::exit(1);
    }
}

fn print(reader: *mut c_void, e: &Event) {
    let (mut text, mut length) = (vec![0u8; 65536], 0u64);
    need(unsafe { cordboard_reader_text(reader, e, text.as_mut_ptr(), text.len() as u64, &mut length) });
    let name = string(unsafe { cordboard_event_name(e.kind) });
    print!("{} {} {} call {:016x} leg {:016x} party {:016x}", e.sequence, e.time_ns, name, e.call, e.leg, e.party);
    print!(" device {} operator {} queue {} cause {} value {}", e.device, e.operator, e.queue, e.cause, e.value);
    println!(" [{}]", String::from_utf8_lossy(&text[..length as usize]));
}

fn main() {
    let argument = env::args().nth(1).expect("the board's run folder");
    if argument == "--layout" {
        Event::print_layout();
        return Command::print_layout();
    }
    let run = CString::new(argument).expect("a path");
    let (mut board, mut reader) = (ptr::null_mut(), ptr::null_mut());
    assert!(unsafe { cordboard_abi() } >= 1, "the library is older than this program");
    need(unsafe { cordboard_attach(run.as_ptr(), &mut board) });
    need(unsafe { cordboard_read(board, 0, &mut reader) });
    let (mut call, mut printed) = (Call { id: 0 }, 0);
    while printed < 20 || call.id == 0 {
        let (mut events, mut count) = (ptr::null(), 0u64);
        need(unsafe { cordboard_reader_next(reader, 5000, &mut events, &mut count) });
        for e in unsafe { slice::from_raw_parts(events, count as usize) } {
            if e.kind == ESTABLISHED {
                call.id = e.call;
            }
            printed += 1;
            if printed <= 20 {
                print(reader, e);
            }
        }
    }
    let (mut command, mut outcome, mut accepted) = (Command::zero(), Event::zero(), 0u64);
    unsafe {
        need(cordboard_command_init(&mut command, 5000));
        cordboard_command_hold(&mut command, call);
        need(cordboard_submit(board, &command, &mut accepted));
        need(cordboard_outcome(board, command.id, accepted, 5000, &mut outcome));
        let (asked, told) = (string(cordboard_command_name(command.kind)), string(cordboard_event_name(outcome.kind)));
        println!("{} call {:016x}: {}", asked, call.id, told);
        need(cordboard_reader_close(reader));
        need(cordboard_close(board));
    }
}
