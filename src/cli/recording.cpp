// SPDX-License-Identifier: Apache-2.0
// cordboard recording: a sealed recording as the WAV file that it would be without a key.
#include <algorithm>
#include <base/key_file.hpp>
#include <cli/options.hpp>
#include <cstring>
#include <fmt/format.h>
#include <iostream>
#include <media/sealed.hpp>
#include <unistd.h>

namespace cordboard::cli {
namespace {

constexpr std::uint64_t bytes_a_second = 16000;

std::string said(const media::sealed_problem& what, language tongue) {
  const bool zh = tongue == language::zh;
  switch (what.what) {
    case media::sealed_fault::unreadable: return std::strerror(what.error);
    case media::sealed_fault::not_sealed:
      return zh ? "不是加密录音;普通录音可直接播放" : "is no sealed recording; one that is not sealed is a WAV file already";
    case media::sealed_fault::other_key: return zh ? "由另一把密钥加密" : "was sealed with another key";
    case media::sealed_fault::damaged: break;
  }
  const auto second = what.at / bytes_a_second;
  return zh ? fmt::format("第 {} 秒之后已损坏或被改动", second)
            : fmt::format("is damaged, or was changed, behind second {}", second);
}

}  // namespace

int recordings(const arguments& given, language tongue) {
  namespace po = boost::program_options;
  verb_options verb{
      .usage = "cordboard recording open --key-file FILE [--lang en|zh] RECORDING > FILE.wav",
      .about =
          "Writes a recording that was sealed by media.recordings_key_file as WAV: the party in the first channel, what the\n"
          "party heard in the second. All of it is looked through before the first byte is written. One that a crash cut\n"
          "short, or that is being written, is whole up to its last second, which is said.",
      .positional = "what",
      .second = "RECORDING"};
  verb.named.add_options()("key-file", po::value<std::string>()->value_name("FILE"), "the key that it was sealed with");
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  if (options->count("RECORDING") == 0 || (*options)["what"].as<std::string>() != "open")
    return misuse(verb, "open which recording?");
  if (options->count("key-file") == 0) return misuse(verb, "with which --key-file?");
  if (::isatty(STDOUT_FILENO) == 1) return misuse(verb, "a voice is not for a terminal: send it to a file or a player");
  const bool zh = tongue == language::zh;
  const auto& key_path = (*options)["key-file"].as<std::string>();
  const auto& file = (*options)["RECORDING"].as<std::string>();
  const auto tell = [&](const std::string& of, std::string_view what) {
    std::cerr << fmt::format("cordboard: {}: {}\n", of, what);
    return failed;
  };
  const auto key = read_key_file(key_path);
  if (!key) return tell(key_path, cordboard::text(key.error(), tongue));
  auto reader = media::sealed_reader::open(file, *key);
  if (!reader) return tell(file, said(reader.error(), tongue));
  const auto length = reader->check();
  if (!length) return tell(file, said(length.error(), tongue));
  const auto head = media::wav_head(static_cast<std::uint32_t>(length->bytes));
  std::cout.write(reinterpret_cast<const char*>(head.data()), head.size());
  for (std::uint64_t written = 0; written < length->bytes;) {
    const auto part = reader->next();
    if (!part) return tell(file, said(part.error(), tongue));
    if (part->empty()) break;
    // One that is being written may have grown since: its head says how long it is.
    const std::uint64_t now = std::min<std::uint64_t>(part->size(), length->bytes - written);
    std::cout.write(reinterpret_cast<const char*>(part->data()), static_cast<std::streamsize>(now));
    written += now;
  }
  std::cout.flush();
  if (!std::cout) return tell("stdout", zh ? "无法写入" : "cannot be written");
  const auto seconds = length->bytes / bytes_a_second;
  if (!length->whole)
    std::cerr << (zh ? fmt::format("cordboard: {}:没有结尾(进程中断,或仍在录音),完整部分 {} 秒\n", file, seconds)
                     : fmt::format("cordboard: {}: has no end (its process was killed, or writes yet); {} s of it are whole\n",
                                   file, seconds));
  return done;
}

}  // namespace cordboard::cli
