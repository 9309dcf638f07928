// Rows go through the feed writer, so scopes, positions and digests are what an import would have made.
#include "tools/load/district.hpp"

#include <unistd.h>
#include <csignal>
#include <fstream>
#include <iostream>
#include <sstream>

#include "sync_server/auth/accounts.hpp"
#include "sync_server/auth/enrolment.hpp"
#include "sync_server/service/district.hpp"
#include "tests/support/temp_directory.hpp"

namespace doudi::load {
namespace {

constexpr std::int64_t kFirstGrid = 120110001001000;
constexpr std::chrono::seconds kStartPatience{30};
constexpr std::chrono::seconds kStopPatience{30};

void must(const Status& status) {
  if (status.ok()) return;
  std::cerr << "load: " << status.error().code << " " << status.error().message << "\n";
  std::exit(1);
}

Uuid fresh_id() {
  return district::new_id(district::system_now());
}

class Builder {
 public:
  Builder(sql::Connection& connection, const district::District& district)
      : connection_(connection), district_(district), feed_(connection, district.tables()) {}

  Status put(const char* table, const Uuid& id, std::vector<std::pair<std::string, Value>> cells) {
    sync::RowState row{table, id, false, {}};
    for (const sync::Column& column : district_.tables().find(table)->table->columns)
      row.columns.emplace_back(column.name, Value{});
    for (auto& [name, value] : cells) district::set_cell(row, name, std::move(value));
    return feed_.put(std::nullopt, row);
  }

  Status grid(const Uuid& id, const std::string& code) {
    return put("grid", id,
               {{"code", code},
                {"name", std::string("网格")},
                {"community", std::string("社区")},
                {"street", std::string("街道")}});
  }

  Status household(const Uuid& grid, const Uuid& id, int door) {
    const std::string text = std::to_string(door) + "号";
    DOUDI_TRY(put("household", id,
                  {{"grid", sql::to_value(grid)},
                   {"door", text},
                   {"door_order", std::int64_t{door}},
                   {"address", "测试路" + text},
                   {"enrolled_on", std::string("2026-01-01")}}));
    return put("person", fresh_id(),
               {{"grid", sql::to_value(grid)},
                {"household", sql::to_value(id)},
                {"name", std::string("张桂兰")},
                {"sex", std::int64_t{2}},
                {"birth", std::string("1945-03-12")},
                {"relation", std::string("head")},
                {"is_head", std::int64_t{1}}});
  }

  Status device(TabletFacts& facts, const std::string& login, const std::string& grid_code) {
    const Instant now = district_.now();
    DOUDI_ASSIGN(facts.worker,
                 district::make_account(connection_, {login, "网格员", "grid_worker", grid_code, ""}, now));
    const auto duty = connection_.run("INSERT INTO grid_duty(grid, account, from_version) VALUES($1,$2,0)",
                                      sql::params(facts.grid, facts.worker));
    if (!duty.ok()) return duty.error();
    DOUDI_ASSIGN(const auto code, district::make_enrolment_code(connection_, login, now));
    district::EnrolmentOutcome outcome;
    DOUDI_TRY(
        district::enrol(connection_, {code.text, to_bytes(facts.key.public_key), "load"}, now, outcome));
    if (!outcome.device) return outcome.refusal;
    facts.device = outcome.device->id;
    return {};
  }

  Status finish() { return feed_.flush(); }

 private:
  sql::Connection& connection_;
  const district::District& district_;
  district::FeedWriter feed_;
};

Status make_tablet(sql::Connection& connection, const district::District& district, const Plan& plan,
                   int number, TabletFacts& facts) {
  Builder builder(connection, district);
  const std::string code = std::to_string(kFirstGrid + number);
  facts.grid = fresh_id();
  facts.key = crypto::make_signing_key();
  DOUDI_TRY(builder.grid(facts.grid, code));
  for (int door = 1; door <= plan.households; ++door) {
    facts.households.push_back(fresh_id());
    DOUDI_TRY(builder.household(facts.grid, facts.households.back(), door));
  }
  DOUDI_TRY(builder.finish());
  return builder.device(facts, "worker" + std::to_string(number), code);
}

}  // namespace

std::vector<TabletFacts> make_district(const std::filesystem::path& folder,
                                       const std::filesystem::path& share, const Plan& plan) {
  must(district::init_district({folder, share, "120110", "dongli-2020", "admin", "load-password-1"},
                               district::system_now()));
  auto opened = district::District::open({folder, share});
  if (!opened.ok()) must(opened.error());
  district::District& district = **opened;
  std::vector<TabletFacts> tablets(static_cast<std::size_t>(plan.tablets));
  for (int number = 0; number < plan.tablets; ++number) {
    must(district.writer().run([&](sql::Connection& connection) {
      return make_tablet(connection, district, plan, number, tablets[static_cast<std::size_t>(number)]);
    }));
  }
  district.writer().stop();
  return tablets;
}

Server::Server(const std::filesystem::path& program, const std::filesystem::path& folder)
    : process_({program.string(), "serve", "--data", folder.string(), "--listen", "127.0.0.1:0",
                "--log-level", "error"},
               {}) {
  const auto line = process_.wait_for_line("listening ", kStartPatience);
  if (!line) {
    std::cerr << "load: the server did not start\n";
    std::exit(1);
  }
  target_.port = static_cast<std::uint16_t>(std::stoi(line->substr(line->rfind(':') + 1)));
  target_.authority_pem = test::read_file(folder / "ca.pem");
}

double Server::peak_memory() const {
  std::istringstream status(test::read_file("/proc/" + std::to_string(process_.pid()) + "/status"));
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib / 1024;
  }
  return 0;
}

double Server::cpu_seconds() const {
  const std::string stat = test::read_file("/proc/" + std::to_string(process_.pid()) + "/stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

void Server::stop() {
  process_.signal(SIGTERM);
  const auto end = process_.finish(kStopPatience);
  if (end.exit_code != 0) std::cerr << "load: the server ended with " << end.exit_code << "\n" << end.err;
}

}  // namespace doudi::load
