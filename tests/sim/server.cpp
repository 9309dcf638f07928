#include "tests/sim/server.hpp"

#include <algorithm>

#include "shared/http/router.hpp"
#include "sync_server/auth/enrolment.hpp"

namespace doudi::sim {
namespace {

// Between a request and its commit other things happen, among them crashes.
constexpr std::int64_t kCommitDelayMs = 3;
constexpr std::int64_t kWaitLongestMs = 60'000;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

http::Request to_request(const field::HttpRequest& given) {
  http::Request request;
  request.method = given.method;
  request.target = given.target;
  request.path = given.target;
  for (const auto& [name, value] : given.headers) request.headers.emplace_back(lower(name), value);
  if (!given.content_type.empty()) request.headers.emplace_back("content-type", given.content_type);
  request.body = std::string(as_text(given.body));
  return request;
}

field::HttpResponse to_response(const http::Response& given) {
  field::HttpResponse response;
  response.status = given.status;
  for (const auto& [name, value] : given.headers) response.headers[lower(name)] = value;
  response.body = to_bytes(as_bytes(given.body));
  return response;
}

}  // namespace

SimServer::SimServer(EventQueue& queue, const DiskImage& disk, std::uint64_t seed)
    : queue_(queue), storage_(seed) {
  storage_.disk.restore(disk);
  storage_.vfs.set_clock([this] { return now().ms; });
}

SimServer::~SimServer() {
  crash();
}

Instant SimServer::now() const {
  return Instant{kStartMs + queue_.now_ms()};
}

Status SimServer::start(bool accept_restore) {
  district::DistrictOptions options;
  options.folder = kDistrictFolder;
  options.disk = &storage_.files;
  options.share = DOUDI_SHARE;
  options.now = [this] { return now(); };
  options.steady = [this] {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(queue_.now_ms()));
  };
  options.threads = false;
  options.consent.restore = accept_restore;
  options.schema = &version_ahead(ahead_).district();
  DOUDI_ASSIGN(auto district, district::District::open(std::move(options)));
  running_ = std::make_unique<Running>(std::move(district));
  return {};
}

void SimServer::crash(Chance* power) {
  ++life_;
  if (power != nullptr)
    storage_.disk.cut_power(*power);
  else
    storage_.disk.kill();
  next_expiry_ms_ = 0;
  closing_ = true;
  // Waits are answered through the routes, which go before the district does.
  if (running_) running_->district->news().stop();
  running_.reset();
  closing_ = false;
}

district::District& SimServer::district() {
  return *running_->district;
}

void SimServer::receive(const field::HttpRequest& request, const Answer& answer) {
  http::Request received = to_request(request);
  auto match = running_->router.impl->find(received);
  const auto* handler = std::get_if<const http::Handler*>(&match);
  if (handler == nullptr) return answer(to_response(http::problem(404, {"http.not_found", "no such route"})));
  const std::uint64_t life = life_;
  const bool without_body = received.method == "HEAD";
  (**handler)(received, [this, life, answer, without_body](const http::Response& response) {
    // What a dying district still says reaches nobody.
    if (life != life_ || closing_) return;
    field::HttpResponse given = to_response(response);
    if (without_body) given.body.clear();
    answer(std::move(given));
  });
  running_->pool.run_waiting();
  queue_.after(kCommitDelayMs, [this, life] {
    if (life == life_ && running_) settle();
  });
}

void SimServer::receive_cut(const field::HttpRequest& request) {
  http::Request received = to_request(request);
  const http::CutHandler* handler = running_->router.impl->find_cut(received);
  if (handler == nullptr) return;
  (*handler)(received, nullptr);
  running_->pool.run_waiting();
}

void SimServer::expire_at(std::int64_t ms) {
  if (next_expiry_ms_ > queue_.now_ms() && next_expiry_ms_ <= ms) return;
  next_expiry_ms_ = ms;
  queue_.after(ms - queue_.now_ms(), [this, life = life_, ms] {
    if (life == life_ && running_ && next_expiry_ms_ == ms) settle();
  });
}

void SimServer::settle() {
  while (running_->district->writer().commit_waiting()) {
  }
  const auto next = running_->district->news().expire();
  const auto now = running_->district->steady()();
  const auto delay = std::chrono::duration_cast<std::chrono::milliseconds>(next - now).count();
  if (delay < kWaitLongestMs) expire_at(queue_.now_ms() + std::max<std::int64_t>(delay, 1));
}

Result<std::string> SimServer::new_code(const std::string& login) {
  std::string text;
  DOUDI_TRY(district().writer().run([&](sql::Connection& connection) -> Status {
    DOUDI_ASSIGN(const auto code, district::make_enrolment_code(connection, login, now()));
    text = code.text;
    return {};
  }));
  return text;
}

}  // namespace doudi::sim
