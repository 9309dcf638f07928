// Either program may die or freeze at any moment: nothing acknowledged is lost, nothing arrives twice.
#include <signal.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "tests/e2e/district.hpp"

namespace doudi::test {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

// DOUDI_KILLS sets another number, for a long night or a quick look.
int kills_wanted() {
  const char* wanted = std::getenv("DOUDI_KILLS");
  return wanted == nullptr ? 500 : std::atoi(wanted);
}

// Some tablets at work beside one district. In each round every tablet runs one command; at random moments
// some of the programs are killed or stopped for a while.
class Storm {
 public:
  Storm(District& district, unsigned seed, std::size_t tablets) : district_(district), random_(seed) {
    for (std::size_t i = 0; i < tablets; ++i) {
      tablets_.emplace_back(district, "tablet" + std::to_string(i));
      tablets_.back().enroll(district.workers().at(i));
      households_.push_back(tablets_.back().due_households());
      acknowledged_.push_back(0);
    }
  }

  void round(int number) {
    std::vector<Process> commands;
    std::vector<bool> is_visit;
    for (std::size_t i = 0; i < tablets_.size(); ++i) {
      is_visit.push_back(below(3) != 0);
      commands.push_back(tablets_[i].start(words(i, number, is_visit.back())));
    }
    for (int strikes = 1 + below(3); strikes > 0; --strikes) strike(commands);
    for (std::size_t i = 0; i < commands.size(); ++i) {
      const Finished finished = commands[i].finish(std::chrono::seconds(60));
      if (is_visit[i] && finished.out.find("\"visit\"") != std::string::npos) ++acknowledged_[i];
    }
  }

  // Visits on all tablets; each holds at least what it acknowledged and has nothing unsent.
  int settle() {
    int visits = 0;
    for (std::size_t i = 0; i < tablets_.size(); ++i) {
      tablets_[i].sync();
      const auto status = Json::parse(tablets_[i].status());
      const int stored = status.at("device").at("visits_recorded").get<int>();
      CHECK(stored >= acknowledged_[i]);
      CHECK(status.at("chip").at("unsent").get<int>() == 0);
      CHECK(tablets_[i].field({"verify"}).exit_code == 0);
      visits += stored;
    }
    return visits;
  }
  [[nodiscard]] int strikes() const { return strikes_; }

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

  std::vector<std::string> words(std::size_t tablet, int number, bool is_visit) {
    if (!is_visit) return {"sync", "--timeout", "1"};
    const auto& households = households_[tablet];
    return {"visit",
            "--household",
            households[static_cast<std::size_t>(number) % households.size()],
            "--met",
            "self",
            "--note",
            "round " + std::to_string(number)};
  }

  // The moment of the blow is the subject of the test, not a wait for something.
  void strike(std::vector<Process>& commands) {
    std::this_thread::sleep_for(milliseconds(below(250)));
    ++strikes_;
    const Process& victim = commands[static_cast<std::size_t>(below(static_cast<int>(commands.size())))];
    switch (below(5)) {
      case 0:
        district_.kill_server();
        district_.serve();
        return;
      case 1:
        district_.signal_server(SIGSTOP);
        std::this_thread::sleep_for(milliseconds(below(200)));
        district_.signal_server(SIGCONT);
        return;
      case 2:
        victim.signal(SIGSTOP);
        std::this_thread::sleep_for(milliseconds(below(200)));
        victim.signal(SIGCONT);
        return;
      default:
        victim.signal(SIGKILL);
    }
  }

  District& district_;
  std::mt19937 random_;
  std::vector<Tablet> tablets_;
  std::vector<std::vector<std::string>> households_;
  std::vector<int> acknowledged_;
  int strikes_ = 0;
};

}  // namespace

TEST_CASE("programs killed and stopped at random moments lose nothing and double nothing") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  District district;
  district.serve();
  Storm storm(district, seed, district.workers().size());
  const int wanted = kills_wanted();
  for (int number = 0; storm.strikes() < wanted; ++number) storm.round(number);
  const int stored = storm.settle();
  district.stop_server();
  const Finished verified = district.server({"verify", "--json"});
  INFO(verified.out << verified.err);
  REQUIRE(verified.exit_code == 0);
  CHECK(Json::parse(verified.out).at("visits").get<int>() == stored);
}

}  // namespace doudi::test
