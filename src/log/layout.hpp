// SPDX-License-Identifier: Apache-2.0
// How the log lies in its files. Little-endian; every offset is asserted. Version 1.
//
//   HOT/      log.control               one per log: who writes, how far it is, where sleepers wait
//             log.places                two lines of text: where the hot and the archived segments are
//             00000000002a.head         one per segment: where it begins and ends; a segment exists when this file does
//             00000000002a.slots        2^18 slots and nothing else: files side by side are one array
//             00000000002a.text         entries that people may read
//             00000000002a.dialog       entries that only a restart needs; mode 0600; never archived
//             00000000002a.keys         keys of texts that are sealed, each sealed itself; there only when there is one
//             00000000002a.thin         in the place of .slots and .text: what is left of an old segment that gave way
//             log.reserve               memory that is let go when there is no other left
//   ARCHIVE/  log.issued                the segments that may be in use, known before the first slot of any is
//             *.head *.slots *.text *.keys   the same form: hot and archived segments read alike
//
// The name is the segment's number in 12 hex digits; segment = sequence >> 18, slot = sequence & (2^18 - 1). Sequence 0
// is none, so slot 0 of segment 0 stays empty. Slots are `cordboard::event` (event.hpp).
#pragma once
#include <array>
#include <bit>
#include <cordboard/event.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace cordboard::log {

static_assert(std::endian::native == std::endian::little, "the log is mapped as it lies: little-endian machines only");

inline constexpr std::uint32_t layout_version = 1;
inline constexpr std::uint32_t segment_bits = 18;
inline constexpr std::uint64_t slots_per_segment = std::uint64_t{1} << segment_bits;
inline constexpr std::size_t slots_bytes = slots_per_segment * sizeof(event);
inline constexpr std::uint64_t segments_max = std::uint64_t{1} << (64 - segment_bits);
/// A tail is at most so long; a segment whose tail comes near it ends early.
inline constexpr std::uint64_t tail_bytes_max = std::uint64_t{1} << 30;
inline constexpr std::size_t text_bytes_max = 65535;

constexpr std::uint64_t segment_of(std::uint64_t sequence) { return sequence >> segment_bits; }
constexpr std::uint64_t base_of(std::uint64_t segment) { return segment << segment_bits; }
/// The first sequence that a segment can hold.
constexpr std::uint64_t first_of(std::uint64_t segment) { return segment == 0 ? 1 : base_of(segment); }
/// The first sequence that it cannot hold.
constexpr std::uint64_t limit_of(std::uint64_t segment) { return base_of(segment) + slots_per_segment; }

constexpr std::uint64_t magic_of(const char (&text)[9]) {
  std::uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(text[i]);
  return value;
}
inline constexpr std::uint64_t control_magic = magic_of("CordCtrl");
inline constexpr std::uint64_t head_magic = magic_of("CordSegm");
inline constexpr std::uint64_t tail_magic = magic_of("CordTail");
inline constexpr std::uint64_t thin_magic = magic_of("CordThin");
inline constexpr std::uint64_t issued_magic = magic_of("CordIssu");
inline constexpr std::uint64_t checkpoint_magic = magic_of("CordChkp");
inline constexpr std::size_t head_file_bytes = 4096;

enum class log_state : std::uint32_t { open = 1, closed = 2 };

// log.control, 4096 bytes of which 256 are used. One line of the cache per party that stores into it.
//
//     0 magic u64                     8 layout u32 | bytes u32
//    16 slot bytes u32 | segment bits u32            24 writer pid u32 | state u32
//    32 started_ns i64               40 boot id 16 bytes
//    56 hot bytes bound u64          64 newest segment u64         (released after its head exists)
//    72 beat_ns i64                     monotonic time of the board's last sign of life, stored once a second
//   128 wake u32                        bumped by the writer once per loop turn; readers sleep on it
//   192 durable sequence u64         200 durable wake u32 | spare  stored by the archiver
struct control {
  std::uint64_t magic;
  std::uint32_t layout;
  std::uint32_t bytes;
  std::uint32_t slot_bytes;
  std::uint32_t bits;
  std::uint32_t writer_pid;
  std::uint32_t state;
  std::int64_t started_ns;
  std::array<std::uint8_t, 16> boot_id;
  std::uint64_t hot_bytes_bound;
  std::uint64_t newest_segment;
  std::int64_t beat_ns;
  std::array<std::uint8_t, 48> spare0;
  std::uint32_t wake;
  std::array<std::uint8_t, 60> spare1;
  std::uint64_t durable_sequence;
  std::uint32_t durable_wake;
  std::array<std::uint8_t, 52> spare2;
};
static_assert(sizeof(control) == 256 && std::is_trivially_copyable_v<control>);
static_assert(offsetof(control, layout) == 8 && offsetof(control, bytes) == 12);
static_assert(offsetof(control, slot_bytes) == 16 && offsetof(control, bits) == 20);
static_assert(offsetof(control, writer_pid) == 24 && offsetof(control, state) == 28);
static_assert(offsetof(control, started_ns) == 32 && offsetof(control, boot_id) == 40);
static_assert(offsetof(control, hot_bytes_bound) == 56 && offsetof(control, newest_segment) == 64);
static_assert(offsetof(control, beat_ns) == 72 && offsetof(control, wake) == 128);
static_assert(offsetof(control, durable_sequence) == 192 && offsetof(control, durable_wake) == 200);

// NUMBER.head, 4096 bytes of which 256 are used. The first line never changes once the file exists.
//
//     0 magic u64                     8 layout u32 | head bytes u32
//    16 slot bytes u32 | slots u32   24 segment u64
//    32 previous end u64                first sequence behind the segment before; 0: there was none, or nobody knows
//    40 started_ns i64               48 writer pid u32 | spare u32
//    56 boot id 16 bytes             72 spare 52 bytes            124 crc32c u32 of bytes 0 to 123
//   128 end u64                         first sequence that will never come; 0: open. Released after the last slot
//   136 committed u64                   first sequence behind a whole batch, at least: a hint, so that nobody has to search
//   144 allocated u64                   slots that have memory: beyond it a touch in a full tmpfs would be a SIGBUS
//   152 text bytes u64              160 dialog bytes u64             lengths of the tails, once closed
//   168 slots crc32c u32 | text crc32c u32                           of the archived files, once closed
//   176 sealed u32 | thinned u32        1: archived whole | a `thinning`: events of this segment gave way
//   192 chain 32 bytes                  keyed hash over this segment and the one before; zero: not keyed
//   224 previous chain 32 bytes         that of the segment before, which retention may have removed
struct segment_head {
  std::uint64_t magic;
  std::uint32_t layout;
  std::uint32_t bytes;
  std::uint32_t slot_bytes;
  std::uint32_t slots;
  std::uint64_t segment;
  std::uint64_t previous_end;
  std::int64_t started_ns;
  std::uint32_t writer_pid;
  std::uint32_t spare0;
  std::array<std::uint8_t, 16> boot_id;
  std::array<std::uint8_t, 52> spare1;
  std::uint32_t crc32c;
  std::uint64_t end;
  std::uint64_t committed;
  std::uint64_t allocated;
  std::uint64_t text_bytes;
  std::uint64_t dialog_bytes;
  std::uint32_t slots_crc32c;
  std::uint32_t text_crc32c;
  std::uint32_t sealed;
  std::uint32_t thinned;
  std::array<std::uint8_t, 8> spare2;
  std::array<std::uint8_t, 32> chain;
  std::array<std::uint8_t, 32> previous_chain;
};
static_assert(sizeof(segment_head) == 256 && std::is_trivially_copyable_v<segment_head>);
static_assert(offsetof(segment_head, layout) == 8 && offsetof(segment_head, bytes) == 12);
static_assert(offsetof(segment_head, slot_bytes) == 16 && offsetof(segment_head, slots) == 20);
static_assert(offsetof(segment_head, segment) == 24 && offsetof(segment_head, previous_end) == 32);
static_assert(offsetof(segment_head, started_ns) == 40 && offsetof(segment_head, writer_pid) == 48);
static_assert(offsetof(segment_head, boot_id) == 56 && offsetof(segment_head, crc32c) == 124);
static_assert(offsetof(segment_head, end) == 128 && offsetof(segment_head, committed) == 136);
static_assert(offsetof(segment_head, allocated) == 144 && offsetof(segment_head, text_bytes) == 152);
static_assert(offsetof(segment_head, dialog_bytes) == 160 && offsetof(segment_head, slots_crc32c) == 168);
static_assert(offsetof(segment_head, text_crc32c) == 172 && offsetof(segment_head, sealed) == 176);
static_assert(offsetof(segment_head, thinned) == 180);
static_assert(offsetof(segment_head, chain) == 192 && offsetof(segment_head, previous_chain) == 224);

/// What of a segment gave way, when memory was short and the archive could not take it. Batches go whole.
///
/// What is left stays where it was: a slot keeps its place, its bytes and its text. Each run of batches that went is one `gap`
/// in the run's last slot (a batch of its own; value: the run's first sequence, other: the one behind it); the slots before it
/// are empty. So a hole is always ended by a gap that names it, and a hole without one is where the log ends.
enum class thinning : std::uint32_t { none = 0, routine = 1, calls = 2, all = 3 };

// NUMBER.thin: this, then pieces of what would be .slots and .text, rising. Readers put them in their places in memory of
// their own: the holes cost nobody anything. In the archive a thinned segment is .slots and .text again, with holes.
//
//     0 magic u64       8 layout u32 | spare u32      16 segment u64      24 length u64 of all that follows
struct thin_head {
  std::uint64_t magic;
  std::uint32_t layout;
  std::uint32_t spare;
  std::uint64_t segment;
  std::uint64_t length;
};
static_assert(sizeof(thin_head) == 32 && offsetof(thin_head, segment) == 16 && offsetof(thin_head, length) == 24);

// A piece: this, then `length` bytes, a multiple of 8; slots and entries have checksums of their own.
//
//     0 at u64          8 length u64                  16 which u32 (0 slots, 1 text) | spare u32
struct thin_piece {
  std::uint64_t at;
  std::uint64_t length;
  std::uint32_t which;
  std::uint32_t spare;
};
static_assert(sizeof(thin_piece) == 24 && offsetof(thin_piece, which) == 16);

// A tail file: this, then entries, each on a multiple of 8.
//
//     0 magic u64       8 layout u32 | tail u32 (0 text, 1 dialog)     16 segment u64     24 spare u64
struct tail_head {
  std::uint64_t magic;
  std::uint32_t layout;
  std::uint32_t which;
  std::uint64_t segment;
  std::uint64_t spare;
};
static_assert(sizeof(tail_head) == 32 && offsetof(tail_head, which) == 12 && offsetof(tail_head, segment) == 16);

// An entry of a tail: this, then `length` bytes, then zeros up to a multiple of 8. Final form: sealing changes no layout.
//
//     0 length u32      4 flags u16 (bit 0: sealed) | spare u16
//     8 key id u64      place of the key in NUMBER.keys, from 1; 0: not sealed; a key that was erased is a text that nobody reads
//    16 nonce 12 bytes  28 crc32c u32 of bytes 0 to 27 and the bytes as they stand (when sealed: ciphertext and 16 of tag)
//
// `event::text_len` counts the bytes as they stand, so whoever copies, sums or mends needs no key.
struct tail_entry {
  std::uint32_t length;
  std::uint16_t flags;
  std::uint16_t spare;
  std::uint64_t key_id;
  std::array<std::uint8_t, 12> nonce;
  std::uint32_t crc32c;
};
static_assert(sizeof(tail_entry) == 32 && std::is_trivially_copyable_v<tail_entry>);
static_assert(offsetof(tail_entry, flags) == 4 && offsetof(tail_entry, key_id) == 8);
static_assert(offsetof(tail_entry, nonce) == 16 && offsetof(tail_entry, crc32c) == 28);
inline constexpr std::uint16_t entry_sealed = 1;
inline constexpr std::size_t text_seal_bytes = 16;

// NUMBER.keys: a tail's head with `which` 2, then one record for each call or request of which a text is sealed in this segment.
//
//     0 subject u64     8 kind u32 (1 call, 2 request) | spare u32    16 check u64   which key of the house sealed it; 0: erased
//    24 nonce 12 bytes | spare u32      40 the key, sealed, 32 bytes and 16 of tag          88 spare 8 bytes
//
// The only bytes of a log that change: erasing stores zeros from 16 on, and a new key of the house seals them anew. In no sum
// and no chain, since each record proves itself.
struct key_record {
  std::uint64_t subject;
  std::uint32_t kind;
  std::uint32_t spare0;
  std::uint64_t check;
  std::array<std::uint8_t, 12> nonce;
  std::uint32_t spare1;
  std::array<std::uint8_t, 48> sealed;
  std::uint64_t spare2;
};
static_assert(sizeof(key_record) == 96 && std::is_trivially_copyable_v<key_record>);
static_assert(offsetof(key_record, check) == 16 && offsetof(key_record, nonce) == 24 && offsetof(key_record, sealed) == 40);
inline constexpr std::uint32_t tail_of_keys = 2;

/// `event::text_at` is the entry's place in 8-byte units; its highest bit says that it is the dialog tail's.
inline constexpr std::uint32_t text_at_dialog = std::uint32_t{1} << 31;
static_assert(tail_bytes_max / 8 <= text_at_dialog);

constexpr std::uint64_t padded(std::uint64_t bytes) { return (bytes + 7) & ~std::uint64_t{7}; }

enum class file_kind : std::uint8_t { head, slots, text, dialog, thin, keys };

/// "00000000002a.slots"
std::string file_name(std::uint64_t segment, file_kind kind);
/// The number that a file's name begins with, whatever its ending; -1: it is no segment's.
std::int64_t segment_of_file(std::string_view file);
/// Whether the name is that of some segment's file of this kind.
bool is_file(std::string_view file, file_kind kind);

}  // namespace cordboard::log
