// Resumable uploads for tablets after tus 1.0 (creation, checksum) on signed requests: POST makes an upload,
// HEAD says how much is here, PATCH adds a piece. A piece that is cut on the way counts as far as it came.
#pragma once

#include "shared/http/server.hpp"
#include "sync_server/api/device_gate.hpp"
#include "sync_server/service/attachments.hpp"
#include "sync_server/service/worker_pool.hpp"

namespace doudi::district {

class AttachmentApi {
 public:
  // The gate is that of the other device routes: a nonce is spent once, wherever it is shown.
  AttachmentApi(Attachments& attachments, WorkerPool& pool, DeviceGate& gate)
      : attachments_(attachments), pool_(pool), gate_(gate) {}
  void add_routes(http::Router& router);

 private:
  using Call = std::function<Result<http::Response>(const Device&, const http::Request&)>;
  void add(http::Router& router, std::string_view method, std::string_view pattern, Call call);
  Result<http::Response> answer(const http::Request& request, const Call& call);
  Result<http::Response> create(const Device& device, const http::Request& request);
  Result<http::Response> progress(const Device& device, const http::Request& request);
  Result<http::Response> append(const Device& device, const http::Request& request);
  void keep_cut_piece(const http::Request& request);

  Attachments& attachments_;
  WorkerPool& pool_;
  DeviceGate& gate_;
};

}  // namespace doudi::district
