// One connection: head, framing check, body, handler, answer, and again. Every wait has a deadline that the
// worker's sweep enforces, so no operation pays for a timer of its own.
#include <algorithm>

#include <boost/beast/core/flat_buffer.hpp>

#include "shared/http/answering.hpp"
#include "shared/http/body_places.hpp"
#include "shared/http/event_stream.hpp"
#include "shared/http/request.hpp"
#include "shared/http/response.hpp"
#include "shared/http/text.hpp"
#include "shared/http/worker.hpp"

namespace doudi::http {
namespace {

constexpr auto kNever = Clock::time_point::max();
constexpr std::size_t kReadBytes = 8 * 1024;
constexpr std::size_t kBodySlice = 64 * 1024;  // a body moves at least this much in each body_timeout
constexpr std::size_t kLingerBytes = 8 * 1024 * 1024;
constexpr std::chrono::milliseconds kLingerTime{2'000};

Socket& socket_of(Socket& stream) {
  return stream;
}
Socket& socket_of(TlsStream& stream) {
  return stream.next_layer();
}

template <class Stream>
class StreamConnection final : public Connection {
 public:
  template <class... Arguments>
  StreamConnection(Worker& worker, bool over_limit, Socket socket, Arguments&... tls)
      : worker_(worker),
        over_limit_(over_limit),
        stream_(std::move(socket), tls...),
        signal_(worker.context),
        buffer_(limits().header_bytes + kReadBytes) {
    worker_.connections.insert(this);
    deadline_ = Clock::now() + limits().header_timeout;
    signal_.expires_at(kNever);
  }

  ~StreamConnection() override {
    worker_.connections.erase(this);
    if (events_) events_->close();
    const std::lock_guard lock(worker_.state.mutex);
    --worker_.state.connections_open;
    worker_.state.connection_gone.notify_all();
  }

  static Task<void> run(std::shared_ptr<StreamConnection> self) {
    bool more = co_await self->handshake();
    if (!more) co_return;
    if (self->over_limit_) more = co_await self->refuse(busy());
    while (more) more = co_await self->serve_one();
    if (self->events_) {
      self->close_socket();
    } else {
      co_await self->finish();
    }
  }

  void expire(Clock::time_point now) override {
    if (now >= deadline_) close_socket();
  }

  void drain() override {
    draining_ = true;
    if (idle_) close_socket();
    if (events_) events_->close();
  }

  void abort() override {
    aborted_ = true;
    close_socket();
    signal_.cancel();
  }

  void answer(std::uint64_t exchange, Response response) override {
    if (exchange != exchange_ || answer_) return;
    answer_ = std::move(response);
    signal_.cancel();
  }

  void end_body() override {
    IoError ignored;
    socket_of(stream_).shutdown(net::socket_base::shutdown_receive, ignored);
  }

  void wake() override {
    if (events_ && events_->overflowed()) close_socket();
    signal_.cancel();
  }

 private:
  [[nodiscard]] const Limits& limits() const { return worker_.state.options.limits; }
  void within(std::chrono::milliseconds time) { deadline_ = Clock::now() + time; }

  void close_socket() {
    IoError ignored;
    socket_of(stream_).close(ignored);
  }

  Task<bool> handshake() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      IoError failure;
      co_await stream_.async_handshake(net::ssl::stream_base::server, into(failure));
      co_return !failure;
    }
    co_return true;
  }

  // One request and its answer. False ends the connection.
  Task<bool> serve_one() {
    std::size_t head_bytes = 0;
    const bool readable = co_await read_head(head_bytes);
    if (!readable) co_return false;
    const auto raw_head = buffered().substr(0, head_bytes);
    if (auto framing = check_framing(raw_head, limits())) co_return co_await refuse_framing(*framing);
    auto parsed = parse_head(raw_head);
    if (!parsed) co_return co_await refuse(problem(400, parsed.error()));
    buffer_.consume(head_bytes);
    ++worker_.state.requests_total;
    auto& head = parsed.value();
    const auto place = worker_.state.router.impl->cut_place(head.request);
    if (place && head.content_length == 0) co_await end_bodies(*place);
    std::shared_ptr<const void> kept;
    if (place && head.content_length > 0)
      kept = std::make_shared<const BodyPlace>(worker_.state.bodies, *place, guest());
    const bool whole = co_await read_body(head);
    if (!whole) co_return hand_over_cut(head.request, kept);
    keep_alive_ = head.keep_alive && !draining_;
    set_remote_end(head.request);
    co_return co_await dispatch(head.request);
  }

  [[nodiscard]] std::string_view buffered() const {
    const auto data = buffer_.cdata();
    return {static_cast<const char*>(data.data()), data.size()};
  }

  // Reads up to the blank line. A bare line feed or too many bytes end it early with what cannot be a head:
  // waiting for the rest would only help an attacker. False when the peer is gone.
  Task<bool> read_head(std::size_t& head_bytes) {
    if (buffer_.size() > 0) within(limits().header_timeout);
    std::size_t scanned = 0;
    while (true) {
      const auto text = buffered();
      const auto end = text.find("\r\n\r\n", scanned < 3 ? 0 : scanned - 3);
      if (end != std::string_view::npos) {
        head_bytes = end + 4;
        co_return true;
      }
      scanned = text.size();
      if (scanned > limits().header_bytes || has_bare_line_feed(text)) {
        head_bytes = scanned;
        co_return true;
      }
      if (text.empty() && draining_) co_return false;
      const bool arrived = co_await read_more(text.empty());
      if (!arrived) co_return false;
      if (scanned == 0) within(limits().header_timeout);
    }
  }

  Task<bool> read_more(bool before_request) {
    if (before_request && served_any_) within(limits().idle_timeout);
    idle_ = before_request;
    IoError failure;
    const auto count = co_await stream_.async_read_some(buffer_.prepare(kReadBytes), into(failure));
    idle_ = false;
    buffer_.commit(count);
    co_return !failure;
  }

  Task<bool> read_body(ParsedHead& head) {
    auto& body = head.request.body;
    const auto length = static_cast<std::size_t>(head.content_length);
    body.assign(buffered().substr(0, length));
    buffer_.consume(body.size());
    if (head.expects_continue && body.size() < length) {
      const bool written = co_await write("HTTP/1.1 100 Continue\r\n\r\n");
      if (!written) co_return false;
    }
    while (body.size() < length) {
      const auto have = body.size();
      body.resize(std::min(length, have + kBodySlice));
      within(limits().body_timeout);
      IoError failure;
      const auto count = co_await net::async_read(
          stream_, net::buffer(body.data() + have, body.size() - have), into(failure));
      body.resize(have + count);
      if (failure) co_return false;
    }
    co_return true;
  }

  [[nodiscard]] BodyPlaces::Guest guest() { return {worker_.mailbox, weak_from_this(), this}; }

  // Each of them has a deadline of its own.
  Task<void> end_bodies(const std::string& place) {
    deadline_ = kNever;
    while (!aborted_ && !worker_.state.bodies->is_settled(place, guest())) co_await wait_for_signal();
  }

  // The connection is gone, but what it brought may be worth keeping. Always false.
  bool hand_over_cut(Request& request, const std::shared_ptr<const void>& place) {
    const auto* handler = worker_.state.router.impl->find_cut(request);
    if (handler == nullptr || request.body.empty()) return false;
    if (guarded([&] { return worker_.state.gate ? worker_.state.gate(request) : std::nullopt; }))
      return false;
    try {
      (*handler)(request, place);
    } catch (...) {
      ++worker_.state.requests_refused;
    }
    return false;
  }

  void set_remote_end(Request& request) {
    if (remote_address_.empty()) {
      IoError failure;
      const auto end = socket_of(stream_).remote_endpoint(failure);
      remote_address_ = end.address().to_string();
      remote_port_ = end.port();
    }
    request.remote_address = remote_address_;
    request.remote_port = remote_port_;
  }

  Task<bool> dispatch(Request& request) {
    const bool head_only = request.method == "HEAD";
    if (auto refusal =
            guarded([&] { return worker_.state.gate ? worker_.state.gate(request) : std::nullopt; })) {
      ++worker_.state.requests_refused;
      co_return co_await reply(std::move(*refusal), head_only);
    }
    auto match = worker_.state.router.impl->find(request);
    if (auto* made = std::get_if<Response>(&match)) co_return co_await reply(std::move(*made), head_only);
    if (const auto* const* route = std::get_if<const StreamRoute*>(&match)) {
      co_return co_await serve_events(**route, request);
    }
    auto answer = co_await handle(*std::get<const Handler*>(match), request);
    co_return co_await reply(std::move(answer), head_only);
  }

  // A gate that throws refuses.
  template <class Check>
  std::optional<Response> guarded(Check check) {
    try {
      return check();
    } catch (...) {
      return internal_error();
    }
  }

  Task<Response> handle(const Handler& handler, const Request& request) {
    answer_.reset();
    ++exchange_;
    deadline_ = kNever;  // how long a handler may take is the handler's matter
    auto answering = std::make_shared<Answering>(worker_.mailbox, weak_from_this(), exchange_);
    try {
      handler(request, [answering](Response response) { answering->answer(std::move(response)); });
    } catch (...) {
      answering->answer(internal_error());
    }
    answering.reset();
    while (!answer_ && !aborted_) co_await wait_for_signal();
    co_return answer_ ? std::move(*answer_) : internal_error();
  }

  // True when the time ran out before a signal.
  Task<bool> wait_for_signal() {
    IoError cancelled;
    co_await signal_.async_wait(into(cancelled));
    co_return !cancelled;
  }

  Task<bool> reply(Response response, bool head_only) {
    keep_alive_ = keep_alive_ && !draining_;
    served_any_ = true;
    const AnswerForm form{head_only, keep_alive_, false};
    const bool written = co_await write(to_wire(response, worker_.state.options.headers, form));
    keep_alive_ = keep_alive_ && written;
    co_return keep_alive_;
  }

  Task<bool> refuse_framing(FramingError error) {
    return refuse(problem(error.status, {std::move(error.code), std::move(error.reason)}));
  }

  // Answers and ends the connection: what follows on it cannot be trusted.
  Task<bool> refuse(Response response) {
    ++worker_.state.requests_refused;
    keep_alive_ = false;
    return reply(std::move(response), false);
  }

  Task<bool> write(std::string text) {
    within(limits().write_timeout);
    IoError failure;
    co_await net::async_write(stream_, net::buffer(text), into(failure));
    co_return !failure;
  }

  // Lets the peer read the last answer: closing with unread input would reset the connection and lose it.
  Task<void> finish() {
    within(std::min(kLingerTime, limits().write_timeout));
    IoError failure;
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      co_await stream_.async_shutdown(into(failure));
    }
    auto& socket = socket_of(stream_);
    socket.shutdown(net::socket_base::shutdown_send, failure);
    std::string discarded(kReadBytes, '\0');
    for (std::size_t total = 0; !failure && total < kLingerBytes;) {
      total += co_await socket.async_read_some(net::buffer(discarded), into(failure));
    }
    close_socket();
  }

  Task<bool> serve_events(const StreamRoute& route, Request& request) {
    if (auto refusal = guarded([&] { return route.authorize ? route.authorize(request) : std::nullopt; })) {
      ++worker_.state.requests_refused;
      co_return co_await reply(std::move(*refusal), false);
    }
    events_ = std::make_shared<EventQueue>([mailbox = worker_.mailbox, connection = weak_from_this()] {
      mailbox->deliver([connection] {
        if (const auto alive = connection.lock()) alive->wake();
      });
    });
    const Response opening{200, {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}}, {}};
    const bool opened = co_await write(to_wire(opening, worker_.state.options.headers, {false, false, true}));
    if (!opened) co_return false;
    net::co_spawn(worker_.context.get_executor(),
                  watch_peer(std::static_pointer_cast<StreamConnection>(shared_from_this())), net::detached);
    if (draining_) events_->close();
    try {
      route.handler(request, events_);
    } catch (...) {
      events_->close();
    }
    co_await write_events();
    events_->close();
    co_return false;
  }

  Task<void> write_events() {
    deadline_ = kNever;
    while (!aborted_ && !events_->overflowed()) {
      auto text = events_->take();
      if (text.empty() && !events_->open()) co_return;
      if (text.empty()) {
        signal_.expires_after(limits().heartbeat);
        const bool quiet = co_await wait_for_signal();
        text = quiet ? ":\n\n" : events_->take();
      }
      if (text.empty()) continue;
      const bool written = co_await write(std::move(text));
      if (!written) co_return;
      deadline_ = kNever;
    }
  }

  // A reader of events sends nothing more; the end of its input is the end of the stream.
  static Task<void> watch_peer(std::shared_ptr<StreamConnection> self) {
    std::string discarded(256, '\0');
    IoError failure;
    while (!failure) co_await self->stream_.async_read_some(net::buffer(discarded), into(failure));
    self->events_->close();
  }

  Worker& worker_;
  const bool over_limit_;
  Stream stream_;
  Timer signal_;  // cancelled to resume the coroutine: an answer, an event, the end
  Clock::time_point deadline_ = kNever;
  boost::beast::flat_buffer buffer_;  // bounded: one head and one read
  std::uint64_t exchange_ = 0;  // number of the request under way: late answers to earlier ones are dropped
  std::optional<Response> answer_;
  std::shared_ptr<EventQueue> events_;
  std::string remote_address_;
  std::uint16_t remote_port_ = 0;
  bool keep_alive_ = true;
  bool served_any_ = false;
  bool idle_ = false;
  bool draining_ = false;
  bool aborted_ = false;
};

template <class Stream, class... Arguments>
void spawn(Worker& worker, bool over_limit, Socket socket, Arguments&... tls) {
  auto connection = std::make_shared<StreamConnection<Stream>>(worker, over_limit, std::move(socket), tls...);
  net::co_spawn(worker.context.get_executor(), StreamConnection<Stream>::run(std::move(connection)),
                net::detached);
}

}  // namespace

void start_connection(Worker& worker, Socket socket) {
  constexpr std::uint64_t kRefusalPlaces = 64;  // connections beyond the limit that still get a 503
  auto& state = worker.state;
  if (worker.draining || state.connections_open >= state.options.limits.connections + kRefusalPlaces) return;
  IoError ignored;
  socket.set_option(net::ip::tcp::no_delay(true), ignored);
  const bool over_limit = ++state.connections_open > state.options.limits.connections;
  ++state.connections_total;
  if (state.tls) {
    spawn<TlsStream>(worker, over_limit, std::move(socket), *state.tls);
  } else {
    spawn<Socket>(worker, over_limit, std::move(socket));
  }
}

}  // namespace doudi::http
