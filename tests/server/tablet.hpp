// A tablet as the server sees it: a key, a chain of groups, signed requests on one connection.
#pragma once

#include "shared/crypto/crypto.hpp"
#include "shared/wire/messages.hpp"
#include "tests/server/district_fixture.hpp"

namespace doudi::test {

class Tablet {
 public:
  // Enrols with a fresh code.
  explicit Tablet(DistrictFixture& fixture, const std::string& login = "w001001001");
  // A device the district knows already.
  Tablet(DistrictFixture& fixture, const Uuid& known, crypto::SigningKey key);

  // A signed request; the nonce of the last answer is spent.
  RawAnswer call(std::string_view target, const Bytes& body);
  // With a signature over the checksum of `headers`, if they announce one.
  RawAnswer call(std::string_view method, std::string_view target, const Bytes& body,
                 const std::vector<std::string>& headers);
  wire::PushReply push(std::vector<sync::Group> groups);
  wire::Page pull(const wire::Cursors& cursors = {}, std::uint32_t rows_max = 2000);
  wire::HelloReply hello(std::uint64_t last_seq, const sync::Hash& last_hash);
  // The next group of this tablet's chain.
  sync::Group group(std::vector<sync::Operation> operations, sync::Lane lane = sync::Lane::ordinary);
  sync::Hash last_hash() const { return last_hash_; }
  std::uint64_t seq() const { return seq_; }
  // The bytes of a signed request, without sending it.
  std::string signed_request(std::string_view target, std::string_view body, const std::string& nonce);
  std::string signed_call(std::string_view method, std::string_view target, std::string_view body,
                          const std::string& nonce, std::vector<std::string> headers);
  std::string fetch_nonce();
  // After the district was started again.
  void reconnect() {
    client = fixture.connect();
    nonce_.clear();
  }
  // The file a lost tablet would leave: these groups sealed to the district, signed by this device.
  Bytes outbox(const std::vector<sync::Group>& groups) const;

  DistrictFixture& fixture;
  Uuid device;
  Uuid worker;
  RawClient client;
  std::int64_t assigned = 2;                      // the assignment version its groups are made under
  std::int32_t schema_version = 1;                // of the program that makes its groups
  std::vector<std::string> purged;                // receipts in its next hello
  std::optional<std::vector<std::string>> holds;  // what it says it has; an older tablet does not
  std::vector<wire::SetAside> set_aside;          // what it asks about in its next hello

 private:
  crypto::SigningKey key_;
  std::string nonce_;
  std::uint64_t seq_ = 0;
  sync::Hash last_hash_{};
};

Uuid fresh_id();
// A whole visit by `worker` to the household.
sync::Operation visit_row(const Tablet& tablet, const Uuid& grid, const Uuid& household,
                          const Uuid& id = fresh_id());
// A grade-1 lead, found just now unless said otherwise.
sync::Operation lead_row(const Tablet& tablet, const Uuid& grid, const Uuid& household, const Uuid& person,
                         Instant found_at, int grade = 1, const Uuid& id = fresh_id());
sync::Operation change(std::string table, const Uuid& row, std::string column, Value base, Value next);

}  // namespace doudi::test
