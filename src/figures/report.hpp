// SPDX-License-Identifier: Apache-2.0
// From sums to a report: which cells are meant, by which rows they are told apart, and the entries behind a figure.
#pragma once
#include <cordboard/figures.hpp>
#include <figures/calendar.hpp>
#include <figures/definition.hpp>
#include <figures/names.hpp>
#include <figures/tally.hpp>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace cordboard::figures {

/// A request that was found to be in order.
struct plan {
  calendar wall;
  stretch when;
  std::vector<figure_dimension> by;
  std::vector<const definition*> figures;
  std::vector<std::string> only;   ///< labels of the rows that are wanted; empty: all
  std::vector<std::string> kinds;  ///< of requests; empty: all
  limits within_these;
  call_mark mark = call_mark::none;
};
std::optional<plan> make_plan(const figures_request& what, std::string& why);

/// The value of each dimension for a cell, and its label.
class row_keys {
public:
  row_keys(const plan& what, const names& called) : plan_(&what), called_(&called) {}
  std::vector<std::int64_t> of(const cell_key& key);
  std::vector<std::string> labels(const std::vector<std::int64_t>& key) const;

private:
  const plan* plan_;
  const names* called_;
  std::unordered_map<std::int32_t, std::vector<std::int64_t>> bins_;  ///< what each base interval is, by dimension
  std::vector<std::map<std::int64_t, std::string>> times_;            ///< labels, by dimension
};

struct reading;
/// Fills in the rows and the closure. @param settled  all that goes on is counted up to the log's end
void fill_report(figures_report& report, const plan& what, const tally& settled, const reading& from);

/// What a record counts for in a quantity.
std::int64_t amount_of(const record& one, const quantity& what, const limits& within_these, const names& called);

/// Keeps the records of a period, as they stand in the end.
class entry_sink final : public record_sink {
public:
  explicit entry_sink(const plan& what) : plan_(&what) {}
  void add(const record& one) override;
  void take_back(const record& one) override;
  std::vector<figure_entry> entries(const names& called) const;

private:
  bool meant(const record& one) const;
  static std::uint64_t key(const record& one);
  const plan* plan_;
  std::unordered_multimap<std::uint64_t, record> records_;
};

}  // namespace cordboard::figures
