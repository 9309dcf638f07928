#include "tests/sim/base_world.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "field_client/keys/key_manager.hpp"
#include "field_client/store/store.hpp"
#include "shared/sql/sqlcipher.hpp"
#include "sync_server/service/import_grids.hpp"
#include "sync_server/service/import_roster.hpp"
#include "sync_server/service/log.hpp"
#include "tests/sim/server.hpp"
#include "tests/sim/storage/seeded_randomness.hpp"
#include "tests/support/temp_directory.hpp"

namespace doudi::sim {
namespace {

constexpr std::string_view kGrids =
    "网格编号,网格名称,社区,街道,网格员账号,网格员姓名,值班电话,备用电话\n"
    "120110001001001,春华里第1网格,春华里社区,张贵庄街道,w1,王敏,022-00010001,022-00010002\n"
    "120110002001001,安康里第1网格,安康里社区,丰年村街道,w2,李强,022-00020001,022-00020002\n"
    "120110002001002,安康里第2网格,安康里社区,丰年村街道,w2,李强,022-00020001,022-00020002\n";
constexpr std::string_view kRosterHeader =
    "街道,社区,网格编号,网格名称,户编号,门牌,户主,与户主关系,姓名,性别,身份证号,联系电话,人员类别,自理能力,"
    "备注\n";

std::string roster() {
  std::string text(kRosterHeader);
  for (const std::string grid : {"120110001001001", "120110002001001", "120110002001002"})
    for (int door = 1; door <= 3; ++door) {
      const std::string number = std::to_string(door);
      const std::string head = "张桂" + grid.substr(14) + number;
      text += "街道,社区," + grid + ",网格,0000" + number + "," + number + "号楼 1门," + head + ",户主," +
              head + ",女,,1400000000" + number + ",独居老人、高龄,能自理,\n";
    }
  return text;
}

// Workers of the tablets in turn: half of them share the first grid, half the others.
constexpr std::array kLogins{"w1", "w1", "w2", "w2", "w1", "w2", "w1", "w2", "w1", "w2", "w1", "w2"};
static_assert(kLogins.size() == kTabletsMax);
// What costs a guesser his time costs a simulation its own.
constexpr crypto::ScryptCost kPinCost{16, 8, 1};

// The enrolment code carries the authority's fingerprint; here nobody listens in.
class DirectTransport final : public field::Transport {
 public:
  explicit DirectTransport(SimServer& server) : server_(server) {}
  Result<field::HttpResponse> send(const field::HttpRequest& request) override {
    std::optional<field::HttpResponse> answer;
    server_.receive(request, [&answer](field::HttpResponse response) { answer = std::move(response); });
    server_.settle();
    if (!answer) return Error{"net.timeout", "no answer"};
    return *answer;
  }
  void cancel() override {}
  void set_closed(bool /*closed*/) override {}

 private:
  SimServer& server_;
};

}  // namespace

void must(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "simulation: %s: %s\n", status.error().code.c_str(), status.error().message.c_str());
  std::exit(2);
}

BaseWorld::BaseWorld() : share_(must(field::load_share_data(DOUDI_SHARE, "dongli-2020"))) {
  district::set_log_level(district::LogLevel::error);
  const SeededRandomness randomness(1);
  EventQueue clock;
  SimServer server(clock, DiskImage(), 1);
  district::InitOptions init{kDistrictFolder, DOUDI_SHARE, "120110",
                             "dongli-2020",   "admin",     "not-used-in-here"};
  init.disk = &server.storage().files;
  must(district::init_district(init, Instant{kStartMs}));
  must(server.start());
  const test::TempDirectory lists("sim-lists");
  test::write_file(lists / "grids.csv", kGrids);
  test::write_file(lists / "roster.csv", roster());
  must(district::import_grids(server.district(), {lists / "grids.csv"}));
  const auto imported = must(district::import_roster(server.district(), {lists / "roster.csv"}));
  if (!imported.imported) must(Error{"sim.roster", "the roster was not imported"});
  add_officer(server);
  for (const char* login : kLogins) tablets_.push_back(must(enrol_tablet(server, login)));
  must(server.district().store().writer().query("SELECT id FROM grid ORDER BY code",
                                                [this](const sql::Row& row) {
                                                  grids_.push_back(row.uuid(0));
                                                  return true;
                                                }));
  must(sql::checkpoint(server.district().store().writer()));
  district_ = server.storage().disk.image();
}

void BaseWorld::add_officer(SimServer& server) {
  must(server.district().writer().run([this, &server](sql::Connection& connection) -> Status {
    const auto id =
        district::make_account(connection, {"officer", "周主任", "district", "120110", ""}, server.now());
    if (!id.ok()) return id.error();
    DOUDI_TRY(district::add_role(connection, "officer", {"township", "120110"}, server.now()));
    DOUDI_ASSIGN(officer_, district::load_actor(connection, *id));
    return {};
  }));
}

const test::Version& version_ahead(int versions) {
  static const std::array<test::Version, 2> kVersions{test::Version(0), test::Version(1)};
  return kVersions.at(static_cast<std::size_t>(versions));
}

Result<NewIdentity> ask_for_identity(SimServer& server, const std::string& login) {
  DirectTransport transport(server);
  NewIdentity made{{}, crypto::make_signing_key()};
  DOUDI_ASSIGN(const std::string text, server.new_code(login));
  DOUDI_ASSIGN(const auto code, field::parse_enrolment_code(text));
  DOUDI_ASSIGN(made.answer, field::ask_to_enroll(transport, code, made.key.public_key, "tablet"));
  return made;
}

Result<Enrolled> enrol_tablet(SimServer& server, const std::string& login) {
  Enrolled made;
  made.login = login;
  DOUDI_ASSIGN(const NewIdentity identity, ask_for_identity(server, login));
  made.take(identity);
  SimStorage storage(1);
  field::StoreOptions options;
  options.folder = kTabletFolder;
  options.clock = {[&server] { return server.now(); }, [] { return std::int64_t{0}; }, "boot"};
  options.create = true;
  options.disk = &storage.files;
  const Secret key =
      must(field::KeyManager(options.folder, options.clock, storage.files).create(kFirstPin, kPinCost));
  const auto store = must(field::Store::open(options, key));
  must(field::keep_identity(*store, identity.answer, identity.key));
  must(store->checkpoint());
  made.disk = storage.disk.image();
  return made;
}

}  // namespace doudi::sim
