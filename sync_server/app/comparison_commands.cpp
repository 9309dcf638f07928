// Numbers are masked here as everywhere; names are not, for whether two names are one is the question.
#include "sync_server/app/comparison_commands.hpp"

#include <nlohmann/json.hpp>

#include "shared/domain/masking.hpp"

namespace doudi::district {
namespace {

using nlohmann::json;

constexpr int kListedMax = 100'000;

void print(const Arguments& arguments, const Terminal& terminal, const json& document,
           const std::string& sentence) {
  terminal.out(
      (arguments.has("json") ? document.dump(-1, ' ', false, json::error_handler_t::replace) : sentence) +
      "\n");
}

std::vector<std::string> kinds_of(const std::string& text) {
  std::vector<std::string> kinds;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find_first_of(",+", begin), text.size());
    kinds.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return kinds;
}

std::string joined(const std::vector<std::string>& kinds) {
  std::string text;
  for (const std::string& kind : kinds) text += (text.empty() ? "" : "+") + kind;
  return text;
}

json summary_json(const ComparisonSummary& summary) {
  return {{"run", summary.run},      {"first", summary.first},     {"others", summary.others},
          {"rows", summary.rows},    {"matched", summary.matched}, {"clean", summary.clean},
          {"notes", summary.notes},  {"added", summary.added},     {"gone", summary.gone},
          {"counts", summary.counts}};
}

std::string summary_text(const ComparisonSummary& summary) {
  std::string text = "run " + std::to_string(summary.run) + ": " + std::to_string(summary.rows) + " rows, " +
                     std::to_string(summary.matched) + " people matched, " + std::to_string(summary.clean) +
                     " of them clean; " + std::to_string(summary.added) + " findings new, " +
                     std::to_string(summary.gone) + " gone";
  for (const auto& [code, states] : summary.counts) {
    text += "\n" + code;
    for (const auto& [state, count] : states) text += "  " + state + " " + std::to_string(count);
  }
  return text;
}

std::string masked(const std::string& number) {
  return domain::mask_identity_number(number, domain::MaskLevel::staff);
}

json finding_json(const FindingFacts& finding) {
  return {{"key", finding.key},
          {"code", finding.code},
          {"name", finding.name},
          {"id_masked", masked(finding.id_number)},
          {"household", finding.household},
          {"list", finding.list},
          {"row", finding.row},
          {"other_list", finding.other_list},
          {"other_row", finding.other_row},
          {"other_name", finding.other_name},
          {"action", finding.action},
          {"state", finding.state},
          {"reason", finding.reason},
          {"lead", finding.lead ? json(to_string(*finding.lead)) : json()}};
}

std::string finding_line(const FindingFacts& finding) {
  return finding.key + "  " + finding.code + "  " + finding.state + "  " +
         (finding.name.empty() ? finding.household : finding.name) + "  " + masked(finding.id_number) + "  " +
         finding.list + ":" + std::to_string(finding.row) +
         (finding.other_list.empty() ? ""
                                     : "  " + finding.other_list + ":" + std::to_string(finding.other_row)) +
         "  " + finding.action;
}

Result<int> run(District& district, const Arguments& arguments, const Terminal& terminal) {
  ComparisonRequest request;
  request.first = arguments.option("first");
  request.others = kinds_of(arguments.option("second"));
  request.progress = progress_on(terminal);
  DOUDI_ASSIGN(const ComparisonSummary summary, run_comparison(district, request));
  print(arguments, terminal, summary_json(summary), summary_text(summary));
  return kExitGood;
}

Result<int> list(District& district, const Arguments& arguments, const Terminal& terminal) {
  DOUDI_ASSIGN(const Store::Reader reader, district.store().read());
  FindingQuery query;
  query.first = arguments.option("first");
  query.others = joined(kinds_of(arguments.option("second")));
  query.code = arguments.option("code");
  query.state = arguments.option("state");
  query.limit = kListedMax;
  DOUDI_ASSIGN(const std::vector<FindingFacts> findings, read_findings(*reader, query));
  json rows = json::array();
  std::string lines;
  for (const FindingFacts& finding : findings) {
    rows.push_back(finding_json(finding));
    lines += finding_line(finding) + "\n";
  }
  lines += std::to_string(findings.size()) + " findings";
  print(arguments, terminal, {{"findings", rows}}, lines);
  return kExitGood;
}

Result<int> explain(District& district, const Arguments& arguments, const Terminal& terminal) {
  DOUDI_TRY(explain_finding(district, arguments.words[2], arguments.option("reason"), {}));
  print(arguments, terminal, {{"key", arguments.words[2]}, {"state", "explained"}}, "explained");
  return kExitGood;
}

Result<int> lead(District& district, const Arguments& arguments, const Terminal& terminal) {
  FindingLead request;
  request.key = arguments.words[2];
  request.grid_code = arguments.option("grid");
  request.note = arguments.option("reason");
  request.role = "district";
  DOUDI_ASSIGN(const Uuid made, make_lead(district, request));
  print(arguments, terminal, {{"key", request.key}, {"lead", to_string(made)}}, "lead " + to_string(made));
  return kExitGood;
}

}  // namespace

WorkProgress progress_on(const Terminal& terminal) {
  return [&terminal, last = std::uint64_t{0}](std::uint64_t done, std::uint64_t total) mutable {
    const std::uint64_t tenth = total == 0 ? 10 : done * 10 / total;
    if (tenth > last) terminal.err(std::to_string(tenth * 10) + " % done\n");
    last = std::max(last, tenth);
    return true;
  };
}

Result<int> compare_command(District& district, const Arguments& arguments, const Terminal& terminal) {
  if (arguments.words.size() == 1) return run(district, arguments, terminal);
  if (arguments.starts("compare", "list") && arguments.words.size() == 2)
    return list(district, arguments, terminal);
  if (arguments.starts("compare", "explain") && arguments.words.size() == 3)
    return explain(district, arguments, terminal);
  if (arguments.starts("compare", "lead") && arguments.words.size() == 3)
    return lead(district, arguments, terminal);
  return Error{"usage", "compare --first KIND --second KIND | list | explain KEY | lead KEY"};
}

}  // namespace doudi::district
