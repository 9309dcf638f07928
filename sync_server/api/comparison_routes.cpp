// 名单比对 on the console: for the district's own people only, for lists know no grid. Numbers are masked;
// names are whole, for whether two names are one is the question.
#include <algorithm>
#include <charconv>

#include "shared/domain/masking.hpp"
#include "sync_server/api/console_api.hpp"
#include "sync_server/api/json_body.hpp"

namespace doudi::district {
namespace {

const std::set<std::string> kReaders{"district", "district_leader"};
const std::set<std::string> kDeciders{"district"};
constexpr std::size_t kFaultsShown = 200;
constexpr int kPageMax = 200;

std::string query(const http::Request& request, std::string_view name) {
  const auto value = request.query_value(name);
  return value ? std::string(*value) : std::string();
}

std::int64_t number(const std::string& text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::max<std::int64_t>(value, 0);
}

Json summary_json(const ComparisonSummary& run) {
  return {{"run", run.run},     {"first", run.first},   {"others", run.others},
          {"by", run.by_name},  {"rows", run.rows},     {"matched", run.matched},
          {"clean", run.clean}, {"notes", run.notes},   {"added", run.added},
          {"gone", run.gone},   {"counts", run.counts}, {"finished_at", format_instant(run.finished_at)}};
}

Json report_json(const ImportReport& report) {
  Json faults = Json::array();
  for (std::size_t i = 0; i < std::min(report.faults.size(), kFaultsShown); ++i) {
    const ImportFault& fault = report.faults[i];
    faults.push_back({{"line", fault.line}, {"column", fault.column}, {"reason", fault.reason}});
  }
  return {{"rows", report.rows},
          {"imported", report.imported},
          {"unchanged", report.unchanged},
          {"encoding", report.encoding},
          {"faults", faults},
          {"fault_count", report.faults.size()},
          {"unknown_columns", report.unknown_columns}};
}

Json job_json(const ComparisonJobs::State& job) {
  if (job.kind.empty()) return nullptr;
  Json json{{"kind", job.kind}, {"state", job.state}, {"done", job.done}, {"total", job.total}};
  if (!job.code.empty()) json["code"] = job.code;
  if (!job.message.empty()) json["message"] = job.message;
  if (job.report) json["report"] = report_json(*job.report);
  if (job.summary) json["summary"] = summary_json(*job.summary);
  return json;
}

Json finding_json(const FindingFacts& finding) {
  const auto masked = [](const std::string& id) {
    return domain::mask_identity_number(id, domain::MaskLevel::staff);
  };
  Json json{{"number", finding.number},
            {"key", finding.key},
            {"code", finding.code},
            {"name", finding.name},
            {"id_masked", masked(finding.id_number)},
            {"household", finding.household},
            {"list", finding.list},
            {"row", finding.row},
            {"other_list", finding.other_list},
            {"other_row", finding.other_row},
            {"other_name", finding.other_name},
            {"other_id_masked", masked(finding.other_number)},
            {"other_household", finding.other_household},
            {"state", finding.state},
            {"reason", finding.reason},
            {"decided_by", finding.decided_name}};
  json["decided_at"] = json_time(finding.decided_at);
  json["lead_id"] = json_id(finding.lead);
  return json;
}

// A list is about the whole district: so must be the role.
Status cover_district(const District& district, const Actor& actor, const std::set<std::string>& roles) {
  const auto held = actor.roles_over(district.identity().code);
  if (std::any_of(held.begin(), held.end(), [&](const std::string& role) { return roles.contains(role); }))
    return {};
  return Error{"auth.role", "Your role does not include this."};
}

}  // namespace

void ConsoleApi::add_comparison_routes(http::Router& router) {
  const auto guarded = [this, &router](std::string_view method, std::string_view pattern,
                                       const std::set<std::string>& roles, ConsoleHandler handler) {
    route(router, method, pattern, roles,
          [this, roles, handler = std::move(handler)](const ConsoleCall& call) -> Result<http::Response> {
            DOUDI_TRY(cover_district(district_, call.actor, roles));
            return handler(call);
          });
  };
  guarded("GET", "/v1/comparisons", kReaders,
          [this](const ConsoleCall& call) { return list_comparisons(call); });
  guarded("GET", "/v1/comparisons/job", kReaders, [this](const ConsoleCall&) -> Result<http::Response> {
    return json_reply(200, {{"job", job_json(jobs_.state())}});
  });
  guarded("GET", "/v1/comparisons/findings", kReaders,
          [this](const ConsoleCall& call) { return list_findings(call); });
  guarded("POST", "/v1/registers/part", kDeciders, [this](const ConsoleCall& call) -> Result<http::Response> {
    const auto offset = static_cast<std::size_t>(number(query(call.request, "offset")));
    DOUDI_TRY(jobs_.add_part(call.actor.account, offset, call.request.body));
    return json_reply(200, {{"received", offset + call.request.body.size()}});
  });
  guarded("POST", "/v1/registers", kDeciders, [this](const ConsoleCall& call) { return start_import(call); });
  guarded("POST", "/v1/comparisons", kDeciders,
          [this](const ConsoleCall& call) { return start_comparison(call); });
  guarded("POST", "/v1/comparisons/cancel", kDeciders, [this](const ConsoleCall&) -> Result<http::Response> {
    jobs_.cancel();
    return json_reply(200, {{"ok", true}});
  });
  guarded("POST", "/v1/comparisons/findings/{key}/explain", kDeciders,
          [this](const ConsoleCall& call) -> Result<http::Response> {
            DOUDI_ASSIGN(const Json body, read_json(call.request));
            DOUDI_ASSIGN(const std::string reason, text_field(body, "reason", 1'500));
            DOUDI_TRY(explain_finding(district_, call.request.path_parameters.at("key"), reason,
                                      {call.actor.account, call.actor.name}));
            return json_reply(200, {{"state", "explained"}});
          });
  guarded("POST", "/v1/comparisons/findings/{key}/lead", kDeciders,
          [this](const ConsoleCall& call) -> Result<http::Response> {
            DOUDI_ASSIGN(const Json body, read_json(call.request));
            FindingLead request;
            request.key = call.request.path_parameters.at("key");
            DOUDI_ASSIGN(request.grid_code, text_field(body, "grid", 32));
            DOUDI_ASSIGN(request.note, text_field(body, "note", 1'500, false));
            request.role = "district";
            request.by = {call.actor.account, call.actor.name};
            DOUDI_ASSIGN(const Uuid lead, make_lead(district_, request));
            return json_reply(200, {{"lead_id", to_string(lead)}});
          });
}

// The job is asked first and the lists are read in a snapshot of after that: the call's own, begun when its
// account was looked up, may be older than the end of the job.
Result<http::Response> ConsoleApi::list_comparisons(const ConsoleCall& call) {
  const Json job = job_json(jobs_.state());
  call.reader.rollback();
  DOUDI_TRY(call.reader.begin(false));
  Json lists = Json::array();
  DOUDI_ASSIGN(const std::vector<ListFacts> ready, ready_lists(call.reader));
  for (const ListFacts& list : ready) {
    lists.push_back({{"kind", list.kind},
                     {"file_name", list.file_name},
                     {"rows", list.rows},
                     {"by", list.by_name},
                     {"imported_at", format_instant(list.imported_at)}});
  }
  Json runs = Json::array();
  DOUDI_ASSIGN(const std::vector<ComparisonSummary> latest, latest_comparisons(call.reader));
  for (const ComparisonSummary& run : latest) runs.push_back(summary_json(run));
  DOUDI_ASSIGN(const std::int64_t own, count_rows(call.reader, "register"));
  return json_reply(
      200, {{"kinds", list_kinds()}, {"lists", lists}, {"register_rows", own}, {"runs", runs}, {"job", job}});
}

Result<http::Response> ConsoleApi::list_findings(const ConsoleCall& call) {
  FindingQuery wanted;
  wanted.first = query(call.request, "first");
  wanted.others = query(call.request, "others");
  wanted.code = query(call.request, "code");
  wanted.state = query(call.request, "state");
  wanted.text = query(call.request, "q");
  wanted.after = number(query(call.request, "after"));
  const auto limit = static_cast<int>(std::min<std::int64_t>(number(query(call.request, "limit")), kPageMax));
  wanted.limit = limit == 0 ? 50 : limit;
  DOUDI_ASSIGN(const std::vector<FindingFacts> found, read_findings(call.reader, wanted));
  Json rows = Json::array();
  for (const FindingFacts& finding : found) rows.push_back(finding_json(finding));
  const bool full = static_cast<int>(found.size()) == wanted.limit;
  return json_reply(200, {{"rows", rows}, {"next", full ? Json(found.back().number) : Json()}});
}

Result<http::Response> ConsoleApi::start_import(const ConsoleCall& call) {
  DOUDI_ASSIGN(const Json body, read_json(call.request));
  ListImport request;
  DOUDI_ASSIGN(request.kind, text_field(body, "kind", 64));
  DOUDI_ASSIGN(request.file_name, text_field(body, "file_name", 300));
  const auto skip = body.find("skip_faulty");
  request.skip_faulty = skip != body.end() && skip->is_boolean() && skip->get<bool>();
  request.by = {call.actor.account, call.actor.name};
  DOUDI_TRY(jobs_.start_import(std::move(request)));
  return json_reply(202, {{"job", job_json(jobs_.state())}});
}

Result<http::Response> ConsoleApi::start_comparison(const ConsoleCall& call) {
  DOUDI_ASSIGN(const Json body, read_json(call.request));
  ComparisonRequest request;
  DOUDI_ASSIGN(request.first, text_field(body, "first", 64));
  const auto others = body.find("others");
  if (others == body.end() || !others->is_array())
    return Error{"request.field", "Name the lists to compare."};
  for (const Json& kind : *others) {
    if (!kind.is_string()) return Error{"request.field", "Name the lists to compare."};
    request.others.push_back(kind.get<std::string>());
  }
  request.by = {call.actor.account, call.actor.name};
  DOUDI_TRY(jobs_.start_comparison(std::move(request)));
  return json_reply(202, {{"job", job_json(jobs_.state())}});
}

}  // namespace doudi::district
