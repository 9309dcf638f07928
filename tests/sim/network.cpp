#include "tests/sim/network.hpp"

#include <memory>

namespace doudi::sim {
namespace {

constexpr std::int64_t kResetDelayMaxMs = 2'000;
constexpr std::int64_t kPiecesLonger = 5;  // than other calls, and cut as much more often

}  // namespace

// One call; the first end counts, whatever still arrives.
struct SimNetwork::Exchange {
  int tablet = 0;
  field::HttpRequest request;
  Done done;
  bool over = false;

  void end(Result<field::HttpResponse> result) {
    if (std::exchange(over, true)) return;
    done(std::move(result));
  }
};

SimNetwork::Link& SimNetwork::link(int tablet) {
  const auto index = static_cast<std::size_t>(tablet);
  if (links_.size() <= index) links_.resize(index + 1);
  return links_[index];
}

bool SimNetwork::happens(std::int64_t permille, const char* what) {
  if (permille == 0 || !rng_.chance(permille)) return false;
  ++counters_[what];
  return true;
}

std::int64_t SimNetwork::delay() {
  // Mostly quick, sometimes very late: that is what makes messages overtake each other.
  const std::int64_t top = rng_.chance(100) ? options_.delay_max_ms : options_.delay_max_ms / 8 + 2;
  return rng_.between(1, top);
}

void SimNetwork::damage(Bytes& body) {
  if (body.empty()) return;
  const auto at = static_cast<std::size_t>(rng_.below(body.size()));
  if (rng_.chance(500))
    body.resize(at);
  else
    body[at] = static_cast<std::uint8_t>(body[at] ^ (1U << rng_.below(8)));
}

void SimNetwork::call(int tablet, const field::HttpRequest& request, std::int64_t timeout_ms, Done done) {
  auto exchange = std::make_shared<Exchange>(Exchange{tablet, request, std::move(done)});
  queue_.after(timeout_ms, [exchange] { exchange->end(Error{"net.timeout", "no answer in time"}); });
  if (!server_.is_up() || happens(options_.loss, "request lost")) {
    queue_.after(rng_.between(1, kResetDelayMaxMs), [exchange] {
      exchange->end(Error{"net.unreachable", "the connection broke"});
    });
    return;
  }
  field::HttpRequest sent = request;
  const bool is_piece = request.method == "PATCH";
  if (is_piece && happens(options_.damage * kPiecesLonger, "piece cut")) {
    sent.body.resize(static_cast<std::size_t>(rng_.below(sent.body.size())));
    queue_.after(delay(), [this, exchange, sent] { deliver_cut(exchange, sent); });
    return;
  }
  if (!is_piece && happens(options_.damage, "request damaged")) damage(sent.body);
  std::int64_t arrives = delay();
  if (happens(options_.late, "request late")) arrives += timeout_ms;
  queue_.after(arrives, [this, exchange, sent] { deliver(exchange, sent); });
  if (happens(options_.duplication, "request doubled"))
    queue_.after(arrives + delay(), [this, exchange, sent] { deliver(exchange, sent); });
}

void SimNetwork::deliver(const std::shared_ptr<Exchange>& exchange, field::HttpRequest request) {
  if (!server_.is_up() || !link(exchange->tablet).up) return;
  server_.receive(request, [this, exchange, request](field::HttpResponse response) {
    if (tap_) tap_(exchange->tablet, request, response);
    give_back(exchange, std::move(response));
  });
}

// The connection broke inside the body: what came of it is the district's, and nobody is answered.
void SimNetwork::deliver_cut(const std::shared_ptr<Exchange>& exchange, const field::HttpRequest& request) {
  if (server_.is_up() && link(exchange->tablet).up) server_.receive_cut(request);
  exchange->end(Error{"net.unreachable", "the connection broke"});
}

void SimNetwork::give_back(const std::shared_ptr<Exchange>& exchange, field::HttpResponse response) {
  if (!link(exchange->tablet).down) return;
  if (happens(options_.loss, "answer lost")) return;
  if (happens(options_.damage, "answer damaged")) damage(response.body);
  queue_.after(delay(),
               [exchange, response = std::move(response)]() mutable { exchange->end(std::move(response)); });
}

void SimNetwork::cut(int tablet, bool up, bool down) {
  link(tablet) = {!up, !down};
}

void SimNetwork::heal() {
  links_.clear();
  options_.loss = options_.duplication = options_.damage = options_.late = 0;
  options_.delay_max_ms = 200;
}

}  // namespace doudi::sim
