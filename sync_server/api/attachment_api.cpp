// Files are synced on worker threads; io threads only hand over.
#include "sync_server/api/attachment_api.hpp"

#include "shared/crypto/crypto.hpp"
#include "shared/media/media.hpp"
#include "shared/wire/tus.hpp"
#include "sync_server/api/reply.hpp"
#include "sync_server/service/log.hpp"

namespace doudi::district {
namespace {

constexpr std::string_view kOneUpload = "/v1/attachments/{id}";
constexpr std::size_t kHashHexBytes = 64;

http::Response tus_response(int status) {
  return {status, {{"Tus-Resumable", std::string(wire::kTusVersion)}}, {}};
}

http::Response progress_response(int status, const UploadProgress& progress) {
  http::Response response = tus_response(status);
  response.headers.emplace_back("Upload-Offset", std::to_string(progress.offset));
  response.headers.emplace_back("Upload-Length", std::to_string(progress.bytes));
  return response;
}

Result<Uuid> upload_id(const http::Request& request) {
  const auto id = parse_uuid(request.path_parameters.at("id"));
  if (!id) return Error{"not_found", "There is no such upload."};
  return *id;
}

Result<std::int64_t> count_header(const http::Request& request, std::string_view name) {
  const auto text = request.header(name);
  const auto count = text ? wire::parse_count(*text, std::int64_t{1} << 40U) : std::nullopt;
  if (!count) return Error{"attachment.header", "A header of the upload protocol is missing or malformed."};
  return *count;
}

Result<NewUpload> new_upload(const http::Request& request) {
  DOUDI_ASSIGN(const std::int64_t bytes, count_header(request, wire::kUploadLengthHeader));
  if (bytes < 1 || bytes > static_cast<std::int64_t>(media::kBytesMax))
    return Error{"attachment.too_large", "A photo or recording has at most 8 MiB."};
  const auto text = request.header(wire::kUploadMetadataHeader);
  const auto metadata = text ? wire::parse_metadata(*text) : std::nullopt;
  const Error malformed{"attachment.header", "Upload-Metadata names attachment and sha256."};
  if (!metadata || !metadata->contains("attachment") || !metadata->contains("sha256")) return malformed;
  const auto id = parse_uuid(metadata->find("attachment")->second);
  const std::string& sha256 = metadata->find("sha256")->second;
  const auto hash = from_hex(sha256);
  if (!id || !hash || sha256.size() != kHashHexBytes || to_hex(*hash) != sha256) return malformed;
  return NewUpload{*id, sha256, bytes};
}

// What the device signed: the digest it announced for the piece, or that of the body.
crypto::Hash signed_digest(const http::Request& request) {
  const auto announced = request.header(wire::kUploadChecksumHeader);
  const auto digest = announced ? wire::parse_checksum(*announced) : std::nullopt;
  return digest ? *digest : crypto::sha256(as_bytes(request.body));
}

}  // namespace

void AttachmentApi::add_routes(http::Router& router) {
  router.add("OPTIONS", wire::kUploadTarget, [](const http::Request&, const http::Respond& respond) {
    http::Response response = tus_response(204);
    response.headers.emplace_back("Tus-Version", std::string(wire::kTusVersion));
    response.headers.emplace_back("Tus-Extension", "creation,checksum");
    response.headers.emplace_back("Tus-Checksum-Algorithm", "sha256");
    response.headers.emplace_back("Tus-Max-Size", std::to_string(media::kBytesMax));
    respond(std::move(response));
  });
  add(router, "POST", wire::kUploadTarget,
      [this](const Device& device, const http::Request& request) { return create(device, request); });
  add(router, "HEAD", kOneUpload,
      [this](const Device& device, const http::Request& request) { return progress(device, request); });
  add(router, "PATCH", kOneUpload,
      [this](const Device& device, const http::Request& request) { return append(device, request); });
  router.add_cut("PATCH", kOneUpload,
                 [this](const http::Request& request, std::shared_ptr<const void> place) {
                   auto copy = std::make_shared<const http::Request>(request);
                   const auto named = gate_.identify(request);
                   if (!named.ok()) return;
                   if (!pool_.post(to_string((*named)->id), [this, copy, place] { keep_cut_piece(*copy); }))
                     log(LogLevel::debug, "cut_piece_dropped",
                         {{"bytes", static_cast<std::int64_t>(copy->body.size())}});
                 });
}

void AttachmentApi::add(http::Router& router, std::string_view method, std::string_view pattern, Call call) {
  router.add(method, pattern,
             [this, call = std::move(call)](const http::Request& request, http::Respond respond) {
               auto copy = std::make_shared<const http::Request>(request);
               const auto named = gate_.identify(request);
               if (!named.ok()) return respond(refuse(named.error()));
               const bool taken = pool_.post(to_string((*named)->id), [this, call, copy, respond] {
                 auto made = answer(*copy, call);
                 http::Response response = made.ok() ? std::move(*made) : refuse(made.error());
                 if (!made.ok())
                   response.headers.emplace_back("Tus-Resumable", std::string(wire::kTusVersion));
                 gate_.add_next_nonce(*copy, response);
                 respond(std::move(response));
               });
               if (!taken) respond(busy());
             });
}

Result<http::Response> AttachmentApi::answer(const http::Request& request, const Call& call) {
  DOUDI_ASSIGN(const std::shared_ptr<const Device> device,
               gate_.authenticate(request, signed_digest(request)));
  if (request.header(wire::kTusHeader) != wire::kTusVersion) {
    http::Response response = http::problem(412, {"attachment.version", "This server speaks tus 1.0.0."});
    response.headers.emplace_back("Tus-Version", std::string(wire::kTusVersion));
    return response;
  }
  return call(*device, request);
}

Result<http::Response> AttachmentApi::create(const Device& device, const http::Request& request) {
  if (!request.body.empty()) return Error{"attachment.header", "An upload is made without content."};
  DOUDI_ASSIGN(const NewUpload upload, new_upload(request));
  DOUDI_ASSIGN(const UploadProgress progress, attachments_.create(device, upload));
  http::Response response = progress_response(201, progress);
  response.headers.emplace_back("Location", std::string(wire::kUploadTarget) + "/" + to_string(upload.id));
  return response;
}

Result<http::Response> AttachmentApi::progress(const Device& device, const http::Request& request) {
  DOUDI_ASSIGN(const Uuid id, upload_id(request));
  DOUDI_ASSIGN(const UploadProgress progress, attachments_.progress(device, id));
  return progress_response(200, progress);
}

Result<http::Response> AttachmentApi::append(const Device& device, const http::Request& request) {
  DOUDI_ASSIGN(const Uuid id, upload_id(request));
  DOUDI_ASSIGN(const std::int64_t offset, count_header(request, wire::kUploadOffsetHeader));
  const auto announced = request.header(wire::kUploadChecksumHeader);
  if (request.header("content-type") != wire::kPieceType)
    return Error{"request.content_type", "A piece is sent as application/offset+octet-stream."};
  if (request.body.size() > media::kChunkBytes)
    return Error{"attachment.too_large", "A piece has at most 256 KiB."};
  if (!announced || !wire::parse_checksum(*announced))
    return Error{"attachment.header", "A piece announces its SHA-256 in Upload-Checksum."};
  if (*wire::parse_checksum(*announced) != crypto::sha256(as_bytes(request.body)))
    return Error{"attachment.checksum", "The piece arrived with other bytes than announced."};
  DOUDI_ASSIGN(const UploadProgress progress,
               attachments_.append(device, id, offset, as_bytes(request.body)));
  return progress_response(204, progress);
}

// The signature names the sender and the whole piece; what came of it is kept. The hash of the whole photo
// decides in the end whether all pieces were right.
void AttachmentApi::keep_cut_piece(const http::Request& request) {
  const auto kept = [&]() -> Status {
    const auto announced = request.header(wire::kUploadChecksumHeader);
    if (!announced || !wire::parse_checksum(*announced) || request.body.size() > media::kChunkBytes)
      return Error{"attachment.header", "A piece announces its SHA-256 in Upload-Checksum."};
    DOUDI_ASSIGN(const auto device, gate_.authenticate(request, signed_digest(request)));
    DOUDI_ASSIGN(const Uuid id, upload_id(request));
    DOUDI_ASSIGN(const std::int64_t offset, count_header(request, wire::kUploadOffsetHeader));
    const auto progress = attachments_.append(*device, id, offset, as_bytes(request.body));
    if (!progress.ok()) return progress.error();
    return {};
  }();
  log(LogLevel::debug, "cut_piece",
      {{"bytes", static_cast<std::int64_t>(request.body.size())},
       {"code", kept.ok() ? "" : kept.error().code}});
}

}  // namespace doudi::district
