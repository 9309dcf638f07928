// Hashes cover length-prefixed fields, so no two different records share a text.
#include "sync_server/store/event_log.hpp"

#include <map>

#include "shared/crypto/crypto.hpp"

namespace doudi::district {
namespace {

class Fields {
 public:
  void add(ByteView field) {
    const auto size = static_cast<std::uint32_t>(field.size());
    for (unsigned shift = 0; shift < 32; shift += 8)
      bytes_.push_back(static_cast<std::uint8_t>(size >> shift));
    bytes_.insert(bytes_.end(), field.begin(), field.end());
  }
  void add(std::string_view field) { add(as_bytes(field)); }
  void add(std::int64_t field) { add(std::to_string(field)); }
  void add(const std::optional<Uuid>& field) { add(field ? field->view() : ByteView{}); }
  [[nodiscard]] Bytes hash() const {
    const crypto::Hash made = crypto::sha256(bytes_);
    return Bytes(made.begin(), made.end());
  }

 private:
  Bytes bytes_;
};

Bytes event_hash(const LedgerEvent& event, ByteView previous) {
  Fields fields;
  fields.add(previous);
  fields.add(event.lead.view());
  fields.add(event.entry);
  fields.add(event.action);
  fields.add(event.from_state);
  fields.add(event.to_state);
  fields.add(event.by_account);
  fields.add(event.by_name);
  fields.add(event.by_role);
  fields.add(event.at.ms);
  fields.add(event.reason);
  fields.add(event.details);
  return fields.hash();
}

Bytes audit_hash(const AuditRecord& record, ByteView previous) {
  Fields fields;
  fields.add(previous);
  fields.add(record.at.ms);
  fields.add(record.account);
  fields.add(record.device.value_or(0));
  fields.add(record.action);
  fields.add(record.object_kind);
  fields.add(record.object);
  fields.add(record.reason);
  return fields.hash();
}

Result<Bytes> last_hash(sql::Connection& connection, std::string_view statement,
                        std::span<const Value> parameters) {
  Bytes found(32, 0);
  DOUDI_TRY(connection.query(statement, parameters, [&found](const sql::Row& row) {
    found = to_bytes(row.blob(0));
    return false;
  }));
  return found;
}

std::optional<Uuid> optional_id(const sql::Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.uuid(column);
}

Status verify_events(sql::Connection& connection, std::vector<std::string>& faults) {
  std::map<Uuid, Bytes> last;
  return connection.query(
      "SELECT number, lead, entry, action, from_state, to_state, by_account, by_name, by_role, at, reason, "
      "details, "
      "previous_hash, hash FROM ledger_event ORDER BY number",
      [&](const sql::Row& row) {
        const LedgerEvent event{row.uuid(1),
                                optional_id(row, 2),
                                std::string(row.text(3)),
                                std::string(row.text(4)),
                                std::string(row.text(5)),
                                optional_id(row, 6),
                                std::string(row.text(7)),
                                std::string(row.text(8)),
                                Instant{row.integer(9)},
                                std::string(row.text(10)),
                                std::string(row.text(11))};
        auto& previous = last.try_emplace(event.lead, Bytes(32, 0)).first->second;
        const Bytes hash = to_bytes(row.blob(13));
        if (to_bytes(row.blob(12)) != previous || event_hash(event, previous) != hash) {
          faults.push_back("ledger event " + std::to_string(row.integer(0)) + " does not fit its chain");
        }
        previous = hash;
        return true;
      });
}

Status verify_audit(sql::Connection& connection, std::vector<std::string>& faults) {
  Bytes previous(32, 0);
  std::int64_t expected = 1;
  return connection.query(
      "SELECT number, at, account, device, action, object_kind, object, reason, previous_hash, hash FROM "
      "audit_log ORDER BY number",
      [&](const sql::Row& row) {
        const AuditRecord record{Instant{row.integer(1)},  optional_id(row, 2),      row.optional_integer(3),
                                 std::string(row.text(4)), std::string(row.text(5)), optional_id(row, 6),
                                 std::string(row.text(7))};
        const Bytes hash = to_bytes(row.blob(9));
        if (row.integer(0) != expected || to_bytes(row.blob(8)) != previous ||
            audit_hash(record, previous) != hash) {
          faults.push_back("audit record " + std::to_string(row.integer(0)) + " does not fit the chain");
        }
        expected = row.integer(0) + 1;
        previous = hash;
        return true;
      });
}

}  // namespace

Status append_event(sql::Connection& connection, const LedgerEvent& event) {
  DOUDI_ASSIGN(
      const Bytes previous,
      last_hash(connection, "SELECT hash FROM ledger_event WHERE lead=$1 ORDER BY number DESC LIMIT 1",
                sql::params(event.lead)));
  const auto added = connection.run(
      "INSERT INTO ledger_event(lead, entry, action, from_state, to_state, by_account, by_name, by_role, at, "
      "reason, details, "
      "previous_hash, hash) VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)",
      sql::params(event.lead, event.entry, event.action, event.from_state, event.to_state, event.by_account,
                  event.by_name, event.by_role, event.at, event.reason, event.details, previous,
                  event_hash(event, previous)));
  if (!added.ok()) return added.error();
  return {};
}

Status append_audit(sql::Connection& connection, const AuditRecord& record) {
  DOUDI_ASSIGN(const Bytes previous,
               last_hash(connection, "SELECT hash FROM audit_log ORDER BY number DESC LIMIT 1", {}));
  const auto added = connection.run(
      "INSERT INTO audit_log(number, at, account, device, action, object_kind, object, reason, "
      "previous_hash, hash) "
      "VALUES((SELECT ifnull(max(number),0)+1 FROM audit_log),$1,$2,$3,$4,$5,$6,$7,$8,$9)",
      sql::params(record.at, record.account, record.device, record.action, record.object_kind, record.object,
                  record.reason, previous, audit_hash(record, previous)));
  if (!added.ok()) return added.error();
  return {};
}

Status verify_chains(sql::Connection& connection, std::vector<std::string>& faults) {
  DOUDI_TRY(verify_events(connection, faults));
  return verify_audit(connection, faults);
}

}  // namespace doudi::district
