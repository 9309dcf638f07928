// What a tablet asks for besides pushing: the handshake, pages of news, the facts of its enrolment.
#pragma once

#include <string>
#include <vector>

#include "shared/wire/messages.hpp"
#include "sync_server/service/district.hpp"

namespace doudi::district {

struct GridFacts {
  Uuid id;
  std::string code;
  std::string name;
  std::string duty_phone;
  std::string backup_phone;
};
Result<std::vector<GridFacts>> grids_of(sql::Connection& connection, const Uuid& account);

struct Greeting {
  wire::HelloReply reply;
  Status window;  // "sync.schema_old", "sync.schema_new": the reply says nothing then
};
// Records the contact (unsent count, clock, incarnation) and says where the chain stands.
Status greet(sql::Connection& connection, const District& district, const Device& device,
             const wire::Hello& hello, Instant now, Greeting& greeting);
// Reads on the caller's snapshot; only scopes of the device's worker.
Result<wire::Page> read_page(sql::Connection& connection, const District& district, const Device& device,
                             const wire::Pull& pull, Instant now);
// Does any scope of the worker stand ahead of these cursors?
Result<bool> has_news(sql::Connection& connection, const Uuid& account, const wire::Cursors& cursors);
// The same for a tablet that waits, and whether its grids changed hands or the district was restored.
Result<bool> ends_wait(sql::Connection& connection, const District& district, const Uuid& account,
                       const wire::Wait& wait);

}  // namespace doudi::district
