// Routes of the tablets: enrolment, nonces, and the four signed calls of a sync.
#pragma once

#include "shared/http/server.hpp"
#include "sync_server/api/device_gate.hpp"
#include "sync_server/service/district.hpp"
#include "sync_server/service/worker_pool.hpp"

namespace doudi::district {

class DeviceApi {
 public:
  DeviceApi(District& district, WorkerPool& pool)
      : district_(district), pool_(pool), gate_(district.devices(), district.steady()) {}
  // Nonces that nobody has used yet.
  [[nodiscard]] std::size_t nonces_outstanding() const { return gate_.outstanding(); }
  void add_routes(http::Router& router);
  [[nodiscard]] DeviceGate& gate() { return gate_; }

 private:
  using Signed = void (DeviceApi::*)(std::shared_ptr<const Device>,
                                     const std::shared_ptr<const http::Request>&, const http::Respond&);
  void add_signed(http::Router& router, std::string_view path, Signed handler);
  void enroll(const std::shared_ptr<const http::Request>& request, const http::Respond& respond);
  void nonce(const http::Request& request, const http::Respond& respond);
  void hello(std::shared_ptr<const Device> device, const std::shared_ptr<const http::Request>& request,
             const http::Respond& respond);
  void push(std::shared_ptr<const Device> device, const std::shared_ptr<const http::Request>& request,
            const http::Respond& respond);
  void pull(std::shared_ptr<const Device> device, const std::shared_ptr<const http::Request>& request,
            const http::Respond& respond);
  void compare(std::shared_ptr<const Device> device, const std::shared_ptr<const http::Request>& request,
               const http::Respond& respond);
  void wait(std::shared_ptr<const Device> device, const std::shared_ptr<const http::Request>& request,
            const http::Respond& respond);
  // Sends the answer with the next nonce in it.
  void answer(const http::Request& request, const http::Respond& respond, http::Response response);

  District& district_;
  WorkerPool& pool_;
  DeviceGate gate_;
};

}  // namespace doudi::district
