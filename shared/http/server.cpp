// Start and stop: the listening socket, the io threads, the TLS identity, the sweep.
#include <algorithm>
#include <thread>

#include "shared/http/body_places.hpp"
#include "shared/http/worker.hpp"

namespace doudi::http {
namespace {

constexpr std::chrono::milliseconds kAcceptPause{100};  // after a failed accept, such as no free descriptor

Result<net::ssl::context> tls_context(const TlsIdentity& identity) {
  IoError failure;
  net::ssl::context context(net::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_3_VERSION);
  context.use_certificate_chain(net::buffer(identity.certificate_chain_pem), failure);
  if (failure) return Error{"http.certificate", "the server certificate chain cannot be read"};
  context.use_private_key(net::buffer(identity.private_key_pem), net::ssl::context::pem, failure);
  if (failure)
    return Error{"http.private_key", "the private key cannot be read or does not fit the certificate"};
  return context;
}

Result<net::ip::tcp::endpoint> endpoint_of(const ServerOptions& options) {
  IoError failure;
  const auto address = net::ip::make_address(options.address, failure);
  if (failure) return Error{"http.address", "the listening address is no IP address"};
  if (!options.tls && !address.is_loopback()) {
    return Error{"http.plain_refused",
                 "plain HTTP is served on loopback addresses only: give a certificate and a key"};
  }
  return net::ip::tcp::endpoint(address, options.port);
}

}  // namespace

ServerState::ServerState(ServerOptions given_options, Router given_router, Gate given_gate)
    : options(std::move(given_options)),
      router(std::move(given_router)),
      gate(std::move(given_gate)),
      bodies(std::make_shared<BodyPlaces>()) {}
ServerState::~ServerState() = default;

namespace {

class ThreadedServer final : public Server {
 public:
  ThreadedServer(ServerOptions options, Router router, Gate gate)
      : state_(std::move(options), std::move(router), std::move(gate)),
        workers_(make_workers(state_)),
        acceptor_(first().context) {}

  ~ThreadedServer() override { stop(std::chrono::milliseconds{0}); }

  Status start() {
    DOUDI_ASSIGN(const auto endpoint, endpoint_of(state_.options));
    if (state_.options.tls) {
      DOUDI_ASSIGN(state_.tls, tls_context(*state_.options.tls));
    }
    DOUDI_TRY(listen(endpoint));
    net::co_spawn(first().context.get_executor(), accept_loop(), net::detached);
    for (auto& worker : workers_) {
      net::co_spawn(worker->context.get_executor(), sweep(*worker), net::detached);
      threads_.emplace_back([&context = worker->context] { context.run(); });
    }
    return {};
  }

  [[nodiscard]] std::uint16_t port() const override { return port_; }

  [[nodiscard]] Counters counters() const override {
    return {state_.connections_open, state_.connections_total, state_.requests_total,
            state_.requests_refused};
  }

  void stop(std::chrono::milliseconds grace) override {
    if (threads_.empty()) return;
    for_each_worker([this](Worker& worker) { begin_drain(worker); });
    {
      std::unique_lock lock(state_.mutex);
      state_.connection_gone.wait_for(lock, grace, [this] { return state_.connections_open == 0; });
    }
    for_each_worker([](Worker& worker) { end(worker); });
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    for (auto& worker : workers_) worker->mailbox->close();
  }

 private:
  static std::vector<std::unique_ptr<Worker>> make_workers(ServerState& state) {
    std::vector<std::unique_ptr<Worker>> workers;
    for (unsigned i = 0; i < std::max(1U, state.options.threads); ++i)
      workers.push_back(std::make_unique<Worker>(state));
    return workers;
  }

  Worker& first() { return *workers_.front(); }

  void for_each_worker(const std::function<void(Worker&)>& action) {
    for (auto& worker : workers_) {
      worker->mailbox->deliver([&worker = *worker, action] { action(worker); });
    }
  }

  void begin_drain(Worker& worker) {
    IoError ignored;
    if (&worker == &first()) acceptor_.close(ignored);
    worker.draining = true;
    for (auto* connection : worker.connections) connection->drain();
  }

  static void end(Worker& worker) {
    worker.ended = true;
    worker.sweep_timer.cancel();
    for (auto* connection : worker.connections) connection->abort();
  }

  Status listen(const net::ip::tcp::endpoint& endpoint) {
    IoError failure;
    acceptor_.open(endpoint.protocol(), failure);
    if (!failure) acceptor_.set_option(net::socket_base::reuse_address(true), failure);
    if (!failure) acceptor_.bind(endpoint, failure);
    if (!failure) acceptor_.listen(net::socket_base::max_listen_connections, failure);
    if (failure) return Error{"http.bind", "cannot listen on the address and port: " + failure.message()};
    port_ = acceptor_.local_endpoint().port();
    return {};
  }

  // One socket listens; connections go to the threads in turn. A port shared by several sockets would let a
  // second server start unnoticed.
  Task<void> accept_loop() {
    for (std::size_t turn = 0; acceptor_.is_open(); ++turn) {
      Worker& worker = *workers_[turn % workers_.size()];
      IoError failure;
      Socket socket = co_await acceptor_.async_accept(worker.context.get_executor(), into(failure));
      if (!failure) {
        auto accepted = std::make_shared<Socket>(std::move(socket));
        worker.mailbox->deliver([&worker, accepted] { start_connection(worker, std::move(*accepted)); });
      } else if (acceptor_.is_open()) {
        Timer pause(first().context, kAcceptPause);
        co_await pause.async_wait(into(failure));
      }
    }
  }

  [[nodiscard]] std::chrono::milliseconds sweep_interval() const {
    const auto& limits = state_.options.limits;
    const auto shortest =
        std::min({limits.header_timeout, limits.body_timeout, limits.idle_timeout, limits.write_timeout});
    return std::clamp(shortest / 4, std::chrono::milliseconds{5}, std::chrono::milliseconds{250});
  }

  Task<void> sweep(Worker& worker) {
    while (!worker.ended) {
      worker.sweep_timer.expires_after(sweep_interval());
      IoError cancelled;
      co_await worker.sweep_timer.async_wait(into(cancelled));
      const auto now = Clock::now();
      for (auto* connection : worker.connections) connection->expire(now);
    }
  }

  ServerState state_;
  std::vector<std::unique_ptr<Worker>> workers_;
  net::basic_socket_acceptor<net::ip::tcp, Executor> acceptor_;
  std::vector<std::thread> threads_;
  std::uint16_t port_ = 0;
};

}  // namespace

void Mailbox::deliver(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (context_ == nullptr) return;
    if (!context_->get_executor().running_in_this_thread()) {
      net::post(*context_, std::move(work));
      return;
    }
  }
  work();
}

void Mailbox::close() {
  const std::lock_guard lock(mutex_);
  context_ = nullptr;
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Router router, Gate gate) {
  auto server = std::make_unique<ThreadedServer>(std::move(options), std::move(router), std::move(gate));
  DOUDI_TRY(server->start());
  return Result<std::unique_ptr<Server>>(std::move(server));
}

}  // namespace doudi::http
