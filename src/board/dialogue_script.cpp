// SPDX-License-Identifier: Apache-2.0
#include <base/words.hpp>
#include <board/dialogue_script.hpp>
#include <charconv>

namespace cordboard {
namespace {

// One list of fields per struct serves both ways, so that they cannot disagree.

struct writing {
  std::string out;
  bool first = true;

  void text(const std::string& value) {
    if (!first) out += '\t';
    first = false;
    for (const char c : value) out += c == '\t' || c == '\n' ? ' ' : c;
  }
  void words(const std::vector<std::string>& value) { text(joined(value)); }
  template <class Number>
  void number(Number value) {
    text(std::to_string(static_cast<std::int64_t>(value)));
  }
  void time(std::chrono::nanoseconds value) { number(value.count()); }
  void cases(const std::vector<dialogue_case>& value) {
    std::string all;
    for (const auto& one : value) add_word(all, one.answer + '=' + one.next);
    text(all);
  }
};

struct reading {
  std::string_view rest;

  std::string_view field(char by = '\t') {
    const auto end = std::min(rest.find(by), rest.size());
    const auto out = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return out;
  }
  void text(std::string& value) { value = field(); }
  void words(std::vector<std::string>& value) {
    for (const auto word : words_of(field())) value.emplace_back(word);
  }
  template <class Number>
  void number(Number& value) {
    std::int64_t read = 0;
    const auto digits = field();
    std::from_chars(digits.data(), digits.data() + digits.size(), read);
    value = static_cast<Number>(read);
  }
  void time(std::chrono::nanoseconds& value) {
    std::int64_t ns = 0;
    number(ns);
    value = std::chrono::nanoseconds(ns);
  }
  void cases(std::vector<dialogue_case>& value) {
    for (const auto word : words_of(field())) {
      reading one{word};
      auto& made = value.emplace_back();
      made.answer = one.field('=');
      made.next = one.rest;
    }
  }
};

template <class Way, class Script>
void head(Way& way, Script& x) {
  way.text(x.number), way.text(x.name), way.text(x.human_key), way.text(x.human), way.words(x.nobody), way.text(x.fallback);
  way.time(x.limit), way.text(x.score);
}

template <class Way, class Step>
void step(Way& way, Step& x) {
  way.text(x.name), way.number(x.act), way.words(x.say), way.text(x.next), way.text(x.otherwise), way.text(x.field);
  way.cases(x.cases), way.words(x.invalid), way.number(x.tries), way.number(x.keys_min), way.number(x.keys_max);
  way.text(x.allowed), way.text(x.end_key), way.time(x.first), way.time(x.between), way.number(x.barge_in);
  way.words(x.read_back), way.text(x.confirm_key), way.text(x.again_key), way.time(x.longest), way.time(x.silence);
  way.text(x.queue), way.text(x.request);
}

}  // namespace

std::string write_script(const dialogue_config& script) {
  writing all;
  head(all, script);
  for (const auto& one : script.steps) {
    writing line;
    step(line, one);
    all.out += '\n' + line.out;
  }
  return std::move(all.out);
}

dialogue_config read_script(std::string_view text) {
  dialogue_config out;
  reading lines{text};
  reading first{lines.field('\n')};
  head(first, out);
  while (!lines.rest.empty()) {
    reading line{lines.field('\n')};
    step(line, out.steps.emplace_back());
  }
  return out;
}

}  // namespace cordboard
