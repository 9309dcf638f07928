// The district in a simulation: the product's store, routes, writer and waits, stepped by the event queue in
// place of its threads. A crash is the end of the object; what its disk holds is what comes back.
#pragma once

#include <functional>
#include <memory>

#include "field_client/net/transport.hpp"
#include "shared/http/server.hpp"
#include "sync_server/api/attachment_api.hpp"
#include "sync_server/api/device_api.hpp"
#include "sync_server/service/district.hpp"
#include "sync_server/service/worker_pool.hpp"
#include "tests/sim/base_world.hpp"
#include "tests/sim/event_queue.hpp"

namespace doudi::sim {

class SimServer {
 public:
  using Answer = std::function<void(field::HttpResponse)>;

  SimServer(EventQueue& queue, const DiskImage& disk, std::uint64_t seed);
  ~SimServer();
  SimServer(const SimServer&) = delete;
  SimServer& operator=(const SimServer&) = delete;

  // As `serve` does, with --accept-restore after the store was put back.
  Status start(bool accept_restore = false);
  // What is started from now on is the program so many versions ahead of this one.
  void install(int ahead) { ahead_ = ahead; }
  [[nodiscard]] int ahead() const { return ahead_; }
  // Everything in memory is gone: queued work, nonces, waits, answers. With `power`, what the disk had not
  // synced is kept, lost or torn.
  void crash(Chance* power = nullptr);
  [[nodiscard]] bool is_up() const { return running_ != nullptr; }
  // From request to response through the product's routes; `answer` is called when the district answers, or
  // never.
  void receive(const field::HttpRequest& request, const Answer& answer);
  // A request whose connection ended inside its body: nobody is answered.
  void receive_cut(const field::HttpRequest& request);
  // Commits what waits and answers waits that are over.
  void settle();
  [[nodiscard]] district::District& district();
  [[nodiscard]] std::size_t nonces_outstanding() const { return running_->api.nonces_outstanding(); }
  Result<std::string> new_code(const std::string& login);
  [[nodiscard]] Instant now() const;
  [[nodiscard]] SimStorage& storage() { return storage_; }

 private:
  struct Running {
    explicit Running(std::unique_ptr<district::District> opened)
        : district(std::move(opened)), api(*district, pool) {
      api.add_routes(router);
      uploads.add_routes(router);
    }
    std::unique_ptr<district::District> district;
    district::WorkerPool pool{0};
    district::DeviceApi api;
    district::Attachments attachments{*district};
    district::AttachmentApi uploads{attachments, pool, api.gate()};
    http::Router router;
  };
  void expire_at(std::int64_t ms);

  EventQueue& queue_;
  SimStorage storage_;
  std::unique_ptr<Running> running_;
  std::uint64_t life_ = 0;  // events of an earlier life do nothing
  std::int64_t next_expiry_ms_ = 0;
  int ahead_ = 0;
  bool closing_ = false;
};

}  // namespace doudi::sim
