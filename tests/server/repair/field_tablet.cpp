// The loop of the driver without its threads.
#include "tests/server/repair/field_tablet.hpp"

#include "field_client/net/device_client.hpp"
#include "shared/sql/sqlcipher.hpp"

#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <fstream>

namespace doudi::test {
namespace {

constexpr int kStepsMax = 100'000;

field::StoreOptions options_for(const std::filesystem::path& folder, const std::shared_ptr<Instant>& wall) {
  field::StoreOptions options;
  options.folder = folder;
  options.clock = {[wall] { return *wall; }, [] { return std::int64_t{1'000'000}; }, "boot-1"};
  return options;
}

// The device and its key are settings of the store; a copy is asked, so that the store itself stays unopened.
Tablet tablet_of(DistrictFixture& fixture, const std::filesystem::path& folder, const Secret& key) {
  const TempDirectory copy{"device"};
  std::filesystem::copy_file(folder / "field.db", copy.path() / "field.db");
  auto opened = sql::open_sqlcipher({.file = copy.path() / "field.db"}, key);
  REQUIRE(opened.ok());
  const auto read = [&](const char* name) {
    const auto value = (*opened)->value("SELECT value FROM setting WHERE key=$1", sql::params(name));
    REQUIRE((value.ok() && value->has_value()));
    return std::get<Bytes>(**value);
  };
  crypto::SigningKey signing{Secret(read("signing_private")), {}};
  const Bytes open_key = read("signing_public");
  REQUIRE(open_key.size() == signing.public_key.size());
  std::copy(open_key.begin(), open_key.end(), signing.public_key.begin());
  return Tablet(fixture, *uuid_from_bytes(read("device")), std::move(signing));
}

}  // namespace

FieldTablet::FieldTablet(DistrictFixture& fixture, const std::string& login, const field::Schema& schema)
    : wire(fixture, login), key_(Bytes(32, 7)), schema_(&schema) {
  auto options = options_for(home_.path(), wall);
  options.schema = &schema;
  options.create = true;
  auto opened = field::Store::open(options, key_);
  REQUIRE(opened.ok());
  store_ = std::move(*opened);
  round_ = std::make_unique<field::SyncRound>(*store_, [] { return std::int64_t{1}; });
}

FieldTablet::FieldTablet(DistrictFixture& fixture, const std::filesystem::path& made_elsewhere, Secret key)
    : wire(tablet_of(fixture, made_elsewhere, key)), key_(std::move(key)), schema_(&field::shipped_schema()) {
  for (const char* name : {"field.db", "field.seal"})
    std::filesystem::copy_file(made_elsewhere / name, home_.path() / name);
  update(*schema_);
}

void FieldTablet::update(const field::Schema& schema) {
  round_.reset();
  store_.reset();
  schema_ = &schema;
  auto options = options_for(home_.path(), wall);
  options.schema = &schema;
  auto opened = field::Store::open(options, key_);
  INFO((opened.ok() ? std::string() : opened.error().message));
  REQUIRE(opened.ok());
  store_ = std::move(*opened);
  round_ = std::make_unique<field::SyncRound>(*store_, [] { return std::int64_t{1}; });
}

field::RescueFacts FieldTablet::damage_and_rescue(std::size_t byte) {
  reopen();  // what opening writes is written
  round_.reset();
  store_.reset();
  {
    std::fstream file(home_.path() / "field.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(byte));
    const int found = file.get();
    file.seekp(static_cast<std::streamoff>(byte));
    file.put(static_cast<char>(found ^ 4));
  }
  const auto report = field::rescue_store(options_for(home_.path(), wall), key_);
  INFO((report.ok() ? std::string() : report.error().code + ": " + report.error().message));
  REQUIRE(report.ok());
  reopen();
  return *report;
}

std::size_t FieldTablet::store_pages(std::size_t page_bytes) const {
  return std::filesystem::file_size(home_.path() / "field.db") / page_bytes;
}

void FieldTablet::tamper(std::string_view statement, const std::vector<Value>& parameters) {
  auto& connection = store_->connection();
  REQUIRE(connection.run("UPDATE capture_state SET capturing = 0").ok());
  const auto changed = connection.run(statement, parameters);
  INFO((changed.ok() ? std::string() : changed.error().message));
  REQUIRE(changed.ok());
  REQUIRE(*changed > 0);
  REQUIRE(connection.run("UPDATE capture_state SET capturing = 1").ok());
}

std::int64_t FieldTablet::count(const std::string& query) {
  const auto number = store_->connection().integer(query);
  REQUIRE(number.ok());
  return *number;
}

Result<Bytes> FieldTablet::call(const field::SyncCall& call) {
  const RawAnswer answer = wire.call(call.target, call.frame);
  Bytes body = to_bytes(as_bytes(answer.body));
  Traffic& traffic = traffic_[std::string(call.target.substr(call.target.rfind('/') + 1))];
  traffic.up += call.frame.size();
  traffic.down += body.size();
  ++traffic.calls;
  if (answer.status != 200) return field::refusal_of({answer.status, {}, std::move(body)});
  return on_answer ? on_answer(call.target, std::move(body)) : Result<Bytes>(std::move(body));
}

Status FieldTablet::sync() {
  traffic_.clear();
  sync::TabletSession session;
  std::deque<sync::Event> events{sync::Wake{}};
  Error error;
  for (int i = 0; i < kStepsMax && !events.empty(); ++i) {
    const sync::Event event = std::move(events.front());
    events.pop_front();
    for (const auto& action : sync::step(session, event)) {
      if (std::holds_alternative<sync::WaitForNews>(action)) return {};
      if (const auto* report = std::get_if<sync::Report>(&action); report && !report->error.code.empty())
        error = report->error;
      if (std::holds_alternative<sync::StartTimer>(action) && error.code == "sync.new_incarnation")
        events.emplace_back(sync::Wake{});
      auto step = round_->begin(action);
      if (!step) continue;
      if (auto* next = std::get_if<sync::Event>(&*step))
        events.push_back(std::move(*next));
      else
        events.push_back(round_->answered(call(std::get<field::SyncCall>(*step)), 0));
    }
  }
  return error.code.empty() ? Error{"test.steps", "the session did not come to rest"} : error;
}

std::vector<Uuid> add_households(DistrictFixture& fixture, int count) {
  const Uuid grid = fixture.id_of("grid", "code", kFirstGrid);
  std::vector<Uuid> ids;
  const Status added = fixture.district().writer().run([&](sql::Connection& connection) -> Status {
    district::FeedWriter feed(connection, fixture.district().tables());
    for (int i = 0; i < count; ++i) {
      sync::RowState row{"household", fresh_id(), false, {}};
      for (const auto& column : fixture.district().store().catalog().find("household")->columns)
        row.columns.emplace_back(column.name, Value{});
      district::set_cell(row, "grid", sql::to_value(grid));
      district::set_cell(row, "door", std::to_string(i) + "号");
      district::set_cell(row, "door_order", Value{std::int64_t{i}});
      district::set_cell(row, "address", "测试路" + std::to_string(i) + "号");
      district::set_cell(row, "enrolled_on", Value{std::string("2020-01-01")});
      DOUDI_TRY(feed.put(std::nullopt, row));
      ids.push_back(row.row);
    }
    return feed.flush();
  });
  INFO((added.ok() ? std::string() : added.error().message));
  REQUIRE(added.ok());
  return ids;
}

}  // namespace doudi::test
