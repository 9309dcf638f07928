// Routes of the district console. Every route states the roles it is for; every query is bounded by the
// scopes of those roles, and what lies outside does not exist for the caller.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "shared/http/server.hpp"
#include "sync_server/auth/access.hpp"
#include "sync_server/auth/sign_in.hpp"
#include "sync_server/service/attachments.hpp"
#include "sync_server/service/comparison_jobs.hpp"
#include "sync_server/service/coverage_view.hpp"
#include "sync_server/service/district.hpp"
#include "sync_server/service/worker_pool.hpp"

namespace doudi::district {

struct ConsoleCall {
  const http::Request& request;
  const Actor& actor;
  sql::Connection& reader;
};
// The {id} of the path. "not_found".
Result<Uuid> path_id(const http::Request& request);

using ConsoleHandler = std::function<Result<http::Response>(const ConsoleCall&)>;

class ConsoleApi {
 public:
  ConsoleApi(District& district, WorkerPool& pool, Attachments& attachments, bool secure)
      : district_(district),
        pool_(pool),
        attachments_(attachments),
        secure_(secure),
        passwords_([this](const Bytes& login, int count) { keep_failures(login, count); }),
        coverage_(district),
        jobs_(district) {}
  // Locks of sign-in that were counted before the program started.
  Status load();
  void add_routes(http::Router& router, const std::filesystem::path& web);
  // Ends long work; before the store's writer stops.
  void stop() { jobs_.stop(); }

 private:
  void route(http::Router& router, std::string_view method, std::string_view pattern,
             const std::set<std::string>& roles, ConsoleHandler handler);
  void add_case_routes(http::Router& router);
  void add_device_routes(http::Router& router);
  void add_comparison_routes(http::Router& router);
  Result<http::Response> list_comparisons(const ConsoleCall& call);
  Result<http::Response> list_findings(const ConsoleCall& call);
  Result<http::Response> start_import(const ConsoleCall& call);
  Result<http::Response> start_comparison(const ConsoleCall& call);
  void add_scope_routes(http::Router& router);
  void add_register_routes(http::Router& router);
  void add_attachment_routes(http::Router& router);
  void add_held_routes(http::Router& router);
  void add_events(http::Router& router);
  void keep_failures(const Bytes& login, int count);
  void sign_in(const http::Request& request, const http::Respond& respond);
  Result<http::Response> call(const http::Request& request, const std::set<std::string>& roles,
                              const ConsoleHandler& handler);
  Result<http::Response> list_merge_targets(const ConsoleCall& call);
  Result<http::Response> decide(const ConsoleCall& call, std::string_view action);
  // The session of a request, with its token checked on everything but reading.
  Result<Session> session_of(const http::Request& request);
  [[nodiscard]] std::string cookie_name() const { return secure_ ? "__Host-doudi" : "doudi"; }
  [[nodiscard]] std::string cookie_of(const http::Request& request) const;
  [[nodiscard]] std::string set_cookie(const std::string& token) const;

  District& district_;
  WorkerPool& pool_;
  Attachments& attachments_;
  bool secure_;
  SessionBook sessions_;
  PasswordGate passwords_;
  CoverageView coverage_;
  ComparisonJobs jobs_;
};

}  // namespace doudi::district
