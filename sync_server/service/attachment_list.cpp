#include "sync_server/service/attachment_list.hpp"

namespace doudi::district {
namespace {

constexpr int kItemsMax = 200;
// One of the worker's tablets was revoked, and none is left that was there when it was taken.
constexpr std::string_view kIsLost =
    "EXISTS(SELECT 1 FROM device d WHERE d.state='revoked' AND d.enrolled_at<=t.taken_at AND d.account IN "
    "(SELECT worker FROM visit WHERE id=t.visit UNION SELECT worker FROM lead WHERE id=t.lead)) AND NOT "
    "EXISTS(SELECT 1 FROM device d WHERE d.state='active' AND d.enrolled_at<=t.taken_at AND d.account IN "
    "(SELECT worker FROM visit WHERE id=t.visit UNION SELECT worker FROM lead WHERE id=t.lead))";

Result<std::vector<AttachmentItem>> read(sql::Connection& connection, const Actor& actor,
                                         const std::string& condition, const Uuid& id) {
  std::vector<AttachmentItem> items;
  DOUDI_TRY(connection.query(
      "SELECT t.id, t.kind, t.media_type, t.note, t.bytes, t.taken_at, t.received_at, u.reason, " +
          std::string(kIsLost) +
          " FROM attachment t "
          "JOIN grid g ON g.id=t.grid LEFT JOIN attachment_upload u ON u.id=t.id AND u.state='rejected' "
          "WHERE " +
          std::string(kInScope) + " AND t.deleted=0 AND " + condition +
          " ORDER BY t.taken_at DESC, t.id LIMIT $3",
      sql::params(actor.scopes(kCaseRoles), id, kItemsMax), [&items](const sql::Row& row) {
        AttachmentItem item{row.uuid(0),
                            std::string(row.text(1)),
                            std::string(row.text(2)),
                            std::string(row.text(3)),
                            row.integer(4),
                            Instant{row.integer(5)},
                            {},
                            std::string(row.text(7)),
                            false};
        item.is_lost = row.integer(8) != 0;
        if (!row.is_null(6)) item.received_at = Instant{row.integer(6)};
        items.push_back(std::move(item));
        return true;
      }));
  return items;
}

Status require(sql::Connection& connection, const Actor& actor, const std::string& table, const Uuid& id) {
  DOUDI_ASSIGN(const std::int64_t found,
               connection.integer("SELECT count(*) FROM " + table + " t JOIN grid g ON g.id=t.grid WHERE " +
                                      std::string(kInScope) + " AND t.id=$2 AND t.deleted=0",
                                  sql::params(actor.scopes(kCaseRoles), id)));
  if (found == 0) return Error{"not_found", "There is no such thing here."};
  return {};
}

}  // namespace

Result<std::vector<AttachmentItem>> attachments_of_lead(sql::Connection& connection, const Actor& actor,
                                                        const Uuid& lead) {
  DOUDI_TRY(require(connection, actor, "lead", lead));
  return read(connection, actor, "(t.lead=$2 OR t.visit=(SELECT l.visit FROM lead l WHERE l.id=$2))", lead);
}

Result<std::vector<AttachmentItem>> attachments_of_household(sql::Connection& connection, const Actor& actor,
                                                             const Uuid& household) {
  DOUDI_TRY(require(connection, actor, "household", household));
  return read(connection, actor, "t.household=$2", household);
}

}  // namespace doudi::district
