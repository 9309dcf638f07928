// Liveness, readiness and numbers for the people who run the server; and the gate that counts and drains.
#pragma once

#include <atomic>

#include "shared/http/server.hpp"
#include "sync_server/service/district.hpp"
#include "sync_server/service/worker_pool.hpp"

namespace doudi::district {

class OperationsApi {
 public:
  OperationsApi(District& district, WorkerPool& pool, const std::atomic<bool>& draining)
      : district_(district), pool_(pool), draining_(draining) {}
  void add_routes(http::Router& router);
  [[nodiscard]] http::Gate gate() const;
  // For /metrics; the server outlives this object's use.
  void attach(const http::Server* server) { server_ = server; }

 private:
  void ready(const http::Respond& respond);
  [[nodiscard]] std::string metrics() const;

  District& district_;
  WorkerPool& pool_;
  const std::atomic<bool>& draining_;
  std::atomic<const http::Server*> server_{nullptr};
};

}  // namespace doudi::district
