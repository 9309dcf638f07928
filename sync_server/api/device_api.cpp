// Signatures, frames and hashes are checked on worker threads; the writer thread gets only what is proven and
// decoded.
#include "sync_server/api/device_api.hpp"

#include <algorithm>

#include "shared/crypto/crypto.hpp"
#include "shared/wire/messages.hpp"
#include "sync_server/api/json_body.hpp"
#include "sync_server/api/reply.hpp"
#include "sync_server/auth/enrolment.hpp"
#include "sync_server/service/console_events.hpp"
#include "sync_server/service/log.hpp"
#include "sync_server/service/range_service.hpp"
#include "sync_server/service/tablet_service.hpp"

namespace doudi::district {
namespace {

constexpr std::string_view kFrameType = "application/x-doudi-frame";
constexpr std::size_t kGroupsMax = 500;
constexpr std::size_t kPublicKeyBytes = 32;
constexpr std::uint32_t kWaitSecondsMax = 55;

http::Response frame_reply(const Bytes& frame) {
  return http::Response::binary(std::string(kFrameType), std::string(as_text(frame)));
}

Json enrolment_reply(const District& district, const Device& device, const std::vector<GridFacts>& grids,
                     Instant now) {
  Json list = Json::array();
  for (const GridFacts& grid : grids)
    list.push_back({{"id", to_string(grid.id)}, {"code", grid.code}, {"name", grid.name}});
  return {{"device_id", to_string(device.id)},
          {"district", district.identity().code},
          {"district_name", district.identity().name},
          {"worker", {{"id", to_string(device.account)}, {"name", device.worker_name}}},
          {"grids", list},
          {"epoch", district.identity().epoch},
          {"server_time", format_instant(now)},
          {"pack", district.identity().pack},
          {"duty_phone", grids.empty() ? "" : grids.front().duty_phone},
          {"backup_phone", grids.empty() ? "" : grids.front().backup_phone}};
}

Result<EnrolmentRequest> read_enrolment(const http::Request& request) {
  DOUDI_ASSIGN(const Json body, read_json(request));
  EnrolmentRequest enrolment;
  DOUDI_ASSIGN(enrolment.code, text_field(body, "code", 64));
  DOUDI_ASSIGN(enrolment.label, text_field(body, "label", 200, false));
  DOUDI_ASSIGN(const std::string key, text_field(body, "public_key", 100));
  const auto bytes = from_base64url(key);
  if (!bytes || bytes->size() != kPublicKeyBytes)
    return Error{"request.field", "The public key has 32 bytes."};
  enrolment.public_key = *bytes;
  return enrolment;
}

}  // namespace

void DeviceApi::add_routes(http::Router& router) {
  router.add("POST", "/v1/enroll", [this](const http::Request& request, http::Respond respond) {
    auto copy = std::make_shared<const http::Request>(request);
    if (!pool_.post(request.remote_address, [this, copy, respond] { enroll(copy, respond); }))
      respond(busy());
  });
  router.add("POST", "/v1/nonce",
             [this](const http::Request& request, http::Respond respond) { nonce(request, respond); });
  add_signed(router, "/v1/sync/hello", &DeviceApi::hello);
  add_signed(router, "/v1/sync/push", &DeviceApi::push);
  add_signed(router, "/v1/sync/pull", &DeviceApi::pull);
  add_signed(router, "/v1/sync/compare", &DeviceApi::compare);
  add_signed(router, "/v1/sync/wait", &DeviceApi::wait);
}

void DeviceApi::add_signed(http::Router& router, std::string_view path, Signed handler) {
  router.add("POST", path, [this, handler](const http::Request& request, http::Respond respond) {
    // Unproven yet: a wrong name costs its own line at most.
    const auto named = gate_.identify(request);
    if (!named.ok()) return respond(refuse(named.error()));
    auto copy = std::make_shared<const http::Request>(request);
    const bool taken = pool_.post(to_string((*named)->id), [this, handler, copy, respond] {
      auto device = gate_.authenticate(*copy);
      if (!device.ok()) return answer(*copy, respond, refuse(device.error()));
      (this->*handler)(std::move(*device), copy, respond);
    });
    if (!taken) respond(busy());
  });
}

// A long poll may outlast the revocation of its device.
void DeviceApi::answer(const http::Request& request, const http::Respond& respond, http::Response response) {
  if (const auto device = gate_.identify(request); !device.ok()) return respond(refuse(device.error()));
  gate_.add_next_nonce(request, response);
  respond(std::move(response));
}

void DeviceApi::nonce(const http::Request& request, const http::Respond& respond) {
  const auto device = gate_.identify(request);
  if (!device.ok()) return respond(refuse(device.error()));
  respond(json_reply(200, {{"nonce", gate_.issue((*device)->id)}}));
}

void DeviceApi::enroll(const std::shared_ptr<const http::Request>& request, const http::Respond& respond) {
  auto enrolment = read_enrolment(*request);
  if (!enrolment.ok()) return respond(refuse(enrolment.error()));
  EnrolmentOutcome outcome;
  Json reply;
  const Status status = district_.writer().run([&](sql::Connection& connection) -> Status {
    const Instant now = district_.now();
    DOUDI_TRY(enrol(connection, *enrolment, now, outcome));
    if (!outcome.device) return {};
    DOUDI_ASSIGN(const std::vector<GridFacts> grids, grids_of(connection, outcome.device->account));
    reply = enrolment_reply(district_, *outcome.device, grids, now);
    return {};
  });
  if (!status.ok()) return respond(refuse(status.error()));
  if (!outcome.device) {
    log(LogLevel::warning, "enrolment_refused", {{"code", outcome.refusal.code}});
    return respond(refuse(outcome.refusal));
  }
  log(LogLevel::info, "device_enrolled", {{"device", to_string(outcome.device->id)}});
  district_.devices().put(std::move(*outcome.device));
  respond(json_reply(200, reply));
}

void DeviceApi::hello(std::shared_ptr<const Device> device,
                      const std::shared_ptr<const http::Request>& request, const http::Respond& respond) {
  const auto message = wire::decode_hello(as_bytes(request->body), &crypto::sha256);
  if (!message.ok()) return answer(*request, respond, refuse(message.error()));
  auto greeting = std::make_shared<Greeting>();
  const bool taken = district_.writer().submit(
      [this, device, hello = *message, greeting](sql::Connection& connection) {
        return greet(connection, district_, *device, hello, district_.now(), *greeting);
      },
      [this, request, respond, greeting](const Status& status) {
        const Status& refused = status.ok() ? greeting->window : status;
        if (!refused.ok()) return answer(*request, respond, refuse(refused.error()));
        answer(*request, respond, frame_reply(wire::encode(greeting->reply, &crypto::sha256)));
      });
  if (!taken) answer(*request, respond, busy());
}

void DeviceApi::push(std::shared_ptr<const Device> device,
                     const std::shared_ptr<const http::Request>& request, const http::Respond& respond) {
  auto message = wire::decode_push(as_bytes(request->body), &crypto::sha256);
  if (!message.ok()) return answer(*request, respond, refuse(message.error()));
  if (message->groups.size() > kGroupsMax) {
    return answer(*request, respond, refuse({"wire.too_many_groups", "At most 500 groups in one push."}));
  }
  auto groups = std::make_shared<std::vector<PreparedGroup>>();
  std::size_t operations = 1;
  for (sync::Group& group : message->groups) {
    operations += group.operations.size();
    groups->push_back(prepare_group(std::move(group)));
  }
  auto outcome = std::make_shared<PushOutcome>();
  auto received = std::make_shared<Instant>();
  const bool taken = district_.writer().submit(
      [this, device, groups, outcome, received](sql::Connection& connection) {
        *received = district_.now();
        return record_push(connection, district_, *device, *groups, *received, *outcome);
      },
      [this, device, request, respond, outcome, received](const Status& status) {
        if (!status.ok()) return answer(*request, respond, refuse(status.error()));
        announce_push(district_, *device, *outcome, *received);
        const wire::PushReply reply{district_.identity().epoch, *received, outcome->verdicts,
                                    outcome->known_seq};
        answer(*request, respond, frame_reply(wire::encode(reply, &crypto::sha256)));
      },
      operations);
  if (!taken) answer(*request, respond, busy());
}

void DeviceApi::pull(std::shared_ptr<const Device> device,
                     const std::shared_ptr<const http::Request>& request, const http::Respond& respond) {
  const auto message = wire::decode_pull(as_bytes(request->body), &crypto::sha256);
  if (!message.ok()) return answer(*request, respond, refuse(message.error()));
  const auto page = [&]() -> Result<wire::Page> {
    DOUDI_ASSIGN(const Store::Reader reader, district_.store().read());
    return read_page(*reader, district_, *device, *message, district_.now());
  }();
  if (!page.ok()) return answer(*request, respond, refuse(page.error()));
  answer(*request, respond, frame_reply(wire::encode(*page, &crypto::sha256)));
}

// Only what has to be kept goes to the writer: a tablet's last word, or a digest of ours that was wrong.
void DeviceApi::compare(std::shared_ptr<const Device> device,
                        const std::shared_ptr<const http::Request>& request, const http::Respond& respond) {
  const auto message = wire::decode_compare(as_bytes(request->body), &crypto::sha256);
  if (!message.ok()) return answer(*request, respond, refuse(message.error()));
  auto comparison = [&]() -> Result<Comparison> {
    DOUDI_ASSIGN(const Store::Reader reader, district_.store().read());
    return compare_ranges(*reader, district_, *device, *message, district_.now());
  }();
  if (!comparison.ok()) return answer(*request, respond, refuse(comparison.error()));
  const Bytes frame = wire::encode(comparison->reply, &crypto::sha256);
  const bool last_word = message->question.empty();
  if (!last_word && !comparison->own_digest_wrong) return answer(*request, respond, frame_reply(frame));
  log(LogLevel::warning, last_word ? "range_repair" : "digest_wrong",
      {{"device", to_string(device->id)}, {"scope", message->scope}});
  const bool taken = district_.writer().submit(
      [this, device, asked = *message, last_word](sql::Connection& connection) {
        return last_word ? record_comparison(connection, *device, asked, district_.now())
                         : correct_digest(connection, district_, asked.scope, district_.now());
      },
      [this, request, respond, frame](const Status& status) {
        answer(*request, respond, status.ok() ? frame_reply(frame) : refuse(status.error()));
      });
  if (!taken) answer(*request, respond, busy());
}

// Registered before the positions are read: news between the two is not missed.
void DeviceApi::wait(std::shared_ptr<const Device> device,
                     const std::shared_ptr<const http::Request>& request, const http::Respond& respond) {
  const auto message = wire::decode_wait(as_bytes(request->body), &crypto::sha256);
  if (!message.ok()) return answer(*request, respond, refuse(message.error()));
  auto reader = district_.store().read();
  if (!reader.ok()) return answer(*request, respond, refuse(reader.error()));
  const auto grids = grids_of(**reader, device->account);
  if (!grids.ok()) return answer(*request, respond, refuse(grids.error()));
  std::set<std::string> scopes;
  for (const GridFacts& grid : *grids) scopes.insert(to_string(grid.id));
  const std::chrono::seconds timeout{std::clamp<std::uint32_t>(message->timeout_s, 1, kWaitSecondsMax)};
  const std::uint64_t handle =
      district_.news().wait(std::move(scopes), timeout, [this, request, respond](bool news) {
        answer(*request, respond,
               frame_reply(wire::encode(wire::WaitReply{news, district_.now()}, &crypto::sha256)));
      });
  { const Store::Reader released = std::move(*reader); }
  auto fresh = district_.store().read();
  const auto ahead =
      fresh.ok() ? ends_wait(**fresh, district_, device->account, *message) : Result<bool>(true);
  if (!ahead.ok() || *ahead) district_.news().finish(handle, true);
}

}  // namespace doudi::district
