#include "sync_server/service/attachment_list.hpp"

namespace doudi::district {
namespace {

constexpr int kItemsMax = 200;

Result<std::vector<AttachmentItem>> read(sql::Connection& connection, const Actor& actor,
                                         const std::string& condition, const Uuid& id) {
  std::vector<AttachmentItem> items;
  DOUDI_TRY(connection.query(
      "SELECT t.id, t.kind, t.media_type, t.note, t.bytes, t.taken_at, t.received_at, u.reason FROM "
      "attachment t "
      "JOIN grid g ON g.id=t.grid LEFT JOIN attachment_upload u ON u.id=t.id AND u.state='rejected' WHERE " +
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
                            std::string(row.text(7))};
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
