#include "tests/e2e/district.hpp"

#include <signal.h>
#include <stdlib.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

namespace doudi::test {
namespace {

using Json = nlohmann::json;
constexpr auto kPassword = "sample-password-1";
constexpr auto kPin = "246810";

std::string require_success(const Finished& finished, const std::string& what) {
  if (finished.exit_code != 0) {
    throw std::runtime_error(what + " ended with " + std::to_string(finished.exit_code) + "\n" +
                             finished.out + finished.err);
  }
  return finished.out;
}

// Worker logins are the sixth column of grids.csv.
std::vector<std::string> worker_logins(const std::filesystem::path& grids) {
  std::ifstream file(grids);
  std::string line;
  std::getline(file, line);
  std::vector<std::string> header;
  std::vector<std::string> logins;
  const auto cells = [](const std::string& text) {
    std::vector<std::string> list(1);
    for (const char c : text) {
      if (c == ',')
        list.emplace_back();
      else if (c != '\r' && c != '"')
        list.back().push_back(c);
    }
    return list;
  };
  header = cells(line);
  std::size_t column = 0;
  while (column < header.size() && header[column] != "网格员账号") ++column;
  while (std::getline(file, line)) {
    const auto row = cells(line);
    if (column < row.size()) logins.push_back(row[column]);
  }
  return logins;
}

}  // namespace

std::filesystem::path program(const std::string& name) {
  const char* folder = std::getenv("DOUDI_BIN");
  if (folder == nullptr) throw std::runtime_error("set DOUDI_BIN to the folder of the built programs");
  return std::filesystem::path(folder) / name;
}

void Console::sign_in(const std::string& login, const std::string& password) {
  const auto finished = run({"/usr/bin/curl", "-sS", "--cacert", authority_.string(), "-D", "-", "-H",
                             "content-type: application/json", "-d",
                             Json{{"login", login}, {"password", password}}.dump(), url_ + "/v1/session"});
  const std::string answer = require_success(finished, "sign in");
  const auto name = answer.find("__Host-doudi=");
  const auto body = answer.find("\r\n\r\n");
  if (name == std::string::npos || body == std::string::npos)
    throw std::runtime_error("no session: " + answer);
  cookie_ = answer.substr(name, answer.find_first_of(";\r", name) - name);
  csrf_ = Json::parse(answer.substr(body + 4)).at("csrf").get<std::string>();
}

std::string Console::get(const std::string& path, int expected) const {
  return call("GET", path, {}, expected);
}

std::string Console::post(const std::string& path, const std::string& json, int expected) const {
  return call("POST", path, json, expected);
}

std::string Console::call(const std::string& method, const std::string& path, const std::string& body,
                          int expected) const {
  std::vector<std::string> words{"/usr/bin/curl",
                                 "-sS",
                                 "--cacert",
                                 authority_.string(),
                                 "-X",
                                 method,
                                 "-H",
                                 "cookie: " + cookie_,
                                 "-H",
                                 "x-doudi-csrf: " + csrf_,
                                 "-w",
                                 "\n%{http_code}"};
  if (!body.empty()) words.insert(words.end(), {"-H", "content-type: application/json", "-d", body});
  words.push_back(url_ + path);
  const std::string out = require_success(run(words), method + " " + path);
  const auto last = out.rfind('\n');
  const std::string answer = out.substr(0, last);
  if (std::stoi(out.substr(last + 1)) != expected) {
    throw std::runtime_error(method + " " + path + " answered " + out.substr(last + 1) + ": " + answer);
  }
  return answer;
}

void flip_bit(const std::filesystem::path& file, std::uintmax_t at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(at));
  const int byte = stream.get();
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(static_cast<char>(byte ^ 1));
  if (!stream) throw std::runtime_error("flip_bit");
}

District::District(const std::string& scale) {
  std::string pattern = (std::filesystem::temp_directory_path() / "doudi-e2e-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  root_ = pattern;
  require_success(run({program("doudi-sample-district").string(), "--scale", scale, "--seed", "7", "--out",
                       (root_ / "sample").string()}),
                  "doudi-sample-district");
  require_success(server({"init", "--district", "120110", "--pack", "dongli-2020"}), "init");
  require_success(server({"import", "grids", (root_ / "sample/grids.csv").string()}), "import grids");
  require_success(server({"import", "roster", (root_ / "sample/roster_utf8.csv").string(), "--skip-faulty"}),
                  "import roster");
  require_success(server({"account", "add", "--login", "reviewer", "--name", "孙晓雯", "--role", "district",
                          "--scope", "120110"}),
                  "account add");
  workers_ = worker_logins(root_ / "sample/grids.csv");
}

District::~District() {
  serving_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

Finished District::server(std::vector<std::string> words) const {
  words.insert(words.begin(), program(program_).string());
  words.insert(words.end(), {"--data", store().string()});
  return run(words, {{"DOUDI_PASSWORD", kPassword}}, std::chrono::seconds(120));
}

Process District::start(std::vector<std::string> words) const {
  words.insert(words.begin(), program("doudi-server").string());
  words.insert(words.end(), {"--data", store().string()});
  return Process(words, {{"DOUDI_PASSWORD", kPassword}});
}

void District::serve(const std::vector<std::string>& options) {
  std::vector<std::string> words = wrapper_;
  words.insert(words.end(), {program(program_).string(), "serve", "--data", store().string(), "--listen",
                             "127.0.0.1:" + std::to_string(port_)});
  words.insert(words.end(), options.begin(), options.end());
  serving_ = std::make_unique<Process>(words, std::map<std::string, std::string>{});
  const auto line = serving_->wait_for_line("listening ", std::chrono::seconds(30));
  if (!line)
    throw std::runtime_error("the server did not start: " + serving_->finish(std::chrono::seconds(1)).err);
  port_ = std::stoi(line->substr(line->rfind(':') + 1));
}

void District::kill_server() {
  serving_->signal(SIGKILL);
  serving_->finish(std::chrono::seconds(10));
  serving_.reset();
}

void District::stop_server() {
  serving_->signal(SIGTERM);
  const Finished finished = serving_->finish(std::chrono::seconds(30));
  serving_.reset();
  require_success(finished, "serve");
}

Console District::reviewer() const {
  Console console(url(), store() / "ca.pem");
  console.sign_in("reviewer", kPassword);
  return console;
}

Tablet::Tablet(const District& district, std::string name)
    : district_(district), directory_(district.root() / std::move(name)) {}

void Tablet::enroll(const std::string& worker, const std::string& server) {
  const auto code = Json::parse(
      require_success(district_.server({"device", "code", "--worker", worker, "--json"}), "device code"));
  require_success(field({"enroll", "--server", server.empty() ? district_.url() : server, "--code",
                         code.at("code").get<std::string>()}),
                  "enroll");
}

std::vector<std::string> Tablet::command(std::vector<std::string> words) const {
  words.insert(words.begin(), program(program_).string());
  words.insert(words.begin(), wrapper_.begin(), wrapper_.end());
  words.insert(words.end(), {"--data", directory_.string(), "--json"});
  return words;
}

Process Tablet::start(std::vector<std::string> words) const {
  return Process(command(std::move(words)), {{"DOUDI_PIN", kPin}});
}

Finished Tablet::field(std::vector<std::string> words) const {
  return run(command(std::move(words)), {{"DOUDI_PIN", kPin}}, std::chrono::seconds(90));
}

std::string Tablet::status() const {
  return require_success(field({"status"}), "status");
}

void Tablet::sync() const {
  require_success(field({"sync", "--timeout", "60"}), "sync");
}

std::vector<std::string> Tablet::due_households() const {
  const auto due = Json::parse(require_success(field({"due"}), "due"));
  std::vector<std::string> list;
  std::set<std::string> seen;
  for (const auto& row : due.at("due")) {
    auto household = row.at("household").get<std::string>();
    if (seen.insert(household).second) list.push_back(std::move(household));
  }
  return list;
}

}  // namespace doudi::test
