// Everything goes through the same functions the programs use.
#include "tests/server/district_fixture.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "sync_server/auth/accounts.hpp"
#include "sync_server/auth/enrolment.hpp"
#include "sync_server/service/log.hpp"

namespace doudi::test {
namespace {

constexpr std::string_view kGrids =
    "网格编号,网格名称,社区,街道,网格员账号,网格员姓名,值班电话,备用电话\n"
    "120110001001001,春华里第1网格,春华里社区,张贵庄街道,w001001001,王敏,022-00010001,022-00010002\n"
    "120110002001001,安康里第1网格,安康里社区,丰年村街道,w002001001,李强,022-00020001,022-00020002\n";
constexpr std::string_view kRoster =
    "街道,社区,网格编号,网格名称,户编号,门牌,户主,与户主关系,姓名,性别,身份证号,联系电话,人员类别,自理能力,"
    "备注\n"
    "张贵庄街道,春华里社区,120110001001001,春华里第1网格,00001,3号楼 2门 "
    "501,张桂兰,户主,张桂兰,女,,14000000001,独居老人、高龄,能自理,\n"
    "丰年村街道,安康里社区,120110002001001,安康里第1网格,00001,1号楼 1门 "
    "101,赵福,户主,赵福,男,,14000000002,低保户,能自理,\n";

}  // namespace

DistrictFixture::DistrictFixture(files::FileSystem& disk, const district::Schema& schema) : disk_(disk) {
  district::set_log_level(district::LogLevel::error);
  const Status made = district::init_district({folder() / "data", DOUDI_SHARE, "120110", "dongli-2020",
                                               "admin", std::string(kPassword), &disk, &schema},
                                              district::system_now());
  INFO((made.ok() ? "" : made.error().message));
  REQUIRE(made.ok());
  open(schema);
  const auto authority = files::read_small_file(disk, folder() / "data" / "ca.pem");
  REQUIRE(authority.ok());
  authority_ = as_text(*authority);
  write_file(folder() / "grids.csv", kGrids);
  write_file(folder() / "roster.csv", kRoster);
  REQUIRE(command({"import", "grids", (folder() / "grids.csv").string()}).first == 0);
  REQUIRE(command({"import", "roster", (folder() / "roster.csv").string()}).first == 0);
  add_account("sun", "district", "120110");
  start_server();
}

DistrictFixture::DistrictFixture(const std::filesystem::path& made_elsewhere) : disk_(files::system_files()) {
  district::set_log_level(district::LogLevel::error);
  std::filesystem::copy(made_elsewhere, folder() / "data");
  const auto authority = files::read_small_file(disk_, folder() / "data" / "ca.pem");
  REQUIRE(authority.ok());
  authority_ = as_text(*authority);
  open(district::shipped_schema());
  start_server();
}

void DistrictFixture::start_server() {
  auto server = district::RunningServer::start(*district_, {"127.0.0.1:0", false, {}});
  REQUIRE(server.ok());
  server_ = std::move(*server);
}

void DistrictFixture::open(const district::Schema& schema) {
  auto offset = offset_;
  district::DistrictOptions options;
  options.folder = folder() / "data";
  options.share = DOUDI_SHARE;
  options.now = [offset] { return district::system_now() + std::chrono::milliseconds(offset->load()); };
  options.disk = &disk_;
  options.schema = &schema;
  std::filesystem::create_directories(options.folder);  // for the administrator's socket
  auto opened = district::District::open(std::move(options));
  INFO((opened.ok() ? "" : opened.error().message));
  REQUIRE(opened.ok());
  district_ = std::move(*opened);
}

void DistrictFixture::update(const district::Schema& schema) {
  server_->drain();
  server_.reset();
  district_.reset();
  open(schema);
  start_server();
}

RawClient DistrictFixture::connect() {
  RawOptions options;
  options.ca_pem = authority_;
  options.timeout = std::chrono::seconds(60);
  auto client = RawClient::connect("127.0.0.1", server_->port(), options);
  REQUIRE(client.ok());
  return std::move(*client);
}

std::string DistrictFixture::new_code(const std::string& login) {
  std::string text;
  const Status made = district_->writer().run([&](sql::Connection& connection) -> Status {
    DOUDI_ASSIGN(const district::EnrolmentCode code,
                 district::make_enrolment_code(connection, login, district_->now()));
    text = code.text;
    return {};
  });
  REQUIRE(made.ok());
  return text;
}

Uuid DistrictFixture::id_of(std::string_view table, std::string_view column, std::string_view value) {
  auto reader = district_->store().read();
  REQUIRE(reader.ok());
  Uuid id;
  const Status found =
      (*reader)->query("SELECT id FROM " + std::string(table) + " WHERE " + std::string(column) + "=$1",
                       sql::params(value), [&id](const sql::Row& row) {
                         id = row.uuid(0);
                         return false;
                       });
  REQUIRE(found.ok());
  REQUIRE_FALSE(id.is_nil());
  return id;
}

std::int64_t DistrictFixture::count(const std::string& query) {
  auto reader = district_->store().read();
  REQUIRE(reader.ok());
  const auto number = (*reader)->integer(query);
  REQUIRE(number.ok());
  return *number;
}

void DistrictFixture::add_account(const std::string& login, const std::string& role,
                                  const std::string& scope) {
  const Status added = district_->writer().run([&](sql::Connection& connection) {
    return district::add_account(connection, {login, login, role, scope, std::string(kPassword)},
                                 district_->now());
  });
  REQUIRE(added.ok());
}

std::pair<int, std::string> DistrictFixture::command(const std::vector<std::string>& line) {
  std::string output;
  const district::Terminal terminal{[&output](std::string_view text) { output += text; },
                                    [&output](std::string_view text) { output += text; }};
  const auto arguments = district::parse_arguments(line);
  REQUIRE(arguments.ok());
  const int exit = district::run_command(*district_, *arguments, terminal);
  return {exit, output};
}

Place::Place(DistrictFixture& fixture)
    : grid(fixture.id_of("grid", "code", kFirstGrid)),
      other_grid(fixture.id_of("grid", "code", kSecondGrid)),
      household(fixture.id_of("household", "door", "3号楼 2门 501")),
      person(fixture.id_of("person", "name", "张桂兰")) {}

RawAnswer ask(DistrictFixture& fixture, std::string_view method, std::string_view target,
              std::string_view body, const std::vector<std::string>& headers) {
  RawClient client = fixture.connect();
  REQUIRE(client.send(raw_request(method, target, body, headers)));
  auto answer = client.read_answer();
  REQUIRE(answer.has_value());
  return *answer;
}

Console::Console(DistrictFixture& district, const std::string& login) : fixture(district) {
  const nlohmann::json body{{"login", login}, {"password", std::string(kPassword)}};
  const RawAnswer answer = ask(fixture, "POST", "/v1/session", body.dump());
  REQUIRE(answer.status == 200);
  const std::string header = answer.header("set-cookie").value_or("");
  cookie = header.substr(0, header.find(';'));
  csrf = nlohmann::json::parse(answer.body)["csrf"];
}

RawAnswer Console::get(const std::string& target) {
  return ask(fixture, "GET", target, {}, {"Cookie: " + cookie});
}

RawAnswer Console::post(const std::string& target, const std::string& body) {
  return ask(fixture, "POST", target, body, {"Cookie: " + cookie, "x-doudi-csrf: " + csrf});
}

}  // namespace doudi::test
