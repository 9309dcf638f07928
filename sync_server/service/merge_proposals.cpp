#include "sync_server/service/merge_proposals.hpp"

#include <array>

#include "sync_server/service/relocation.hpp"
#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

constexpr int kProposalsShown = 200;
constexpr int kPointersMax = 16;

Status plain(const Result<std::int64_t>& result) {
  if (!result.ok()) return result.error();
  return {};
}

struct Likeness {
  std::string_view table;
  std::string_view reason;
  std::string_view query;  // $1 the new row
};
// The first that finds a row names the reason of the pair.
constexpr std::array kLikenesses{
    Likeness{
        "person", "id_number",
        "SELECT o.id FROM person n JOIN person o ON o.id_number=n.id_number WHERE n.id=$1 AND o.id<>n.id AND "
        "o.deleted=0 AND n.id_number<>'' ORDER BY o.id LIMIT 8"},
    Likeness{
        "person", "name",
        "SELECT o.id FROM person n JOIN household h ON h.id=n.household JOIN household g ON "
        "g.address=h.address AND g.door=h.door JOIN person o ON o.household=g.id AND o.name=n.name WHERE "
        "n.id=$1 AND o.id<>n.id AND o.deleted=0 AND (o.birth IS NULL OR n.birth IS NULL OR "
        "o.birth=n.birth) ORDER BY o.id LIMIT 8"},
    Likeness{"household", "address",
             "SELECT o.id FROM household n JOIN household o ON o.address=n.address AND o.door=n.door WHERE "
             "n.id=$1 AND o.id<>n.id AND o.deleted=0 AND o.ended_on IS NULL AND o.grid=n.grid ORDER BY o.id "
             "LIMIT 8"}};

ProposedRow proposed_row(const sql::Row& row, int from) {
  return {row.uuid(from),
          std::string(row.text(from + 1)),
          std::string(row.text(from + 2)),
          std::string(row.text(from + 3)),
          std::string(row.text(from + 4)),
          std::string(row.text(from + 5)),
          std::string(row.text(from + 6)),
          row.integer(from + 7),
          row.integer(from + 8)};
}

// Columns of one side, the same for both tables.
std::string side(const std::string& row) {
  const auto either = [&](const std::string& person, const std::string& household) {
    return "CASE m.table_name WHEN 'person' THEN (SELECT " + person +
           " FROM person p JOIN household h ON "
           "h.id=p.household JOIN grid g ON g.id=p.grid WHERE p.id=" +
           row + ") ELSE (SELECT " + household +
           " FROM household h JOIN grid g ON g.id=h.grid WHERE h.id=" + row + ") END";
  };
  return row + ", " + either("p.name", "h.address") + ", " + either("h.door", "h.door") + ", " +
         either("coalesce(p.phone,'')", "coalesce(h.phone,'')") + ", " +
         either("coalesce(p.id_number,'')", "''") + ", " + either("coalesce(p.birth,'')", "''") + ", " +
         either("g.name", "g.name") + ", (SELECT count(*) FROM person c WHERE c.household=" + row +
         " AND c.deleted=0), (SELECT count(*) FROM visit v WHERE (v.household=" + row +
         " OR v.person=" + row + ") AND v.deleted=0)";
}

class Merge {
 public:
  Merge(District& district, sql::Connection& connection, const TableStatements& table, Instant now)
      : tables_(district.tables()),
        connection_(connection),
        table_(table),
        now_(now),
        feed_(connection, tables_) {}

  Status run(const Uuid& loser_id, const Uuid& winner_id) {
    DOUDI_ASSIGN(const auto loser, tables_.read(connection_, table_, loser_id));
    DOUDI_ASSIGN(const auto winner, tables_.read(connection_, table_, winner_id));
    if (!loser || !winner || winner->deleted)
      return Error{"not_found", "One of the two is not here any more."};
    DOUDI_TRY(fill_winner(*loser, *winner));
    const Uuid grid = cell_id(*winner, "grid").value_or(Uuid{});
    for (const TableStatements& child : tables_.all()) DOUDI_TRY(repoint(child, loser_id, winner_id, grid));
    DOUDI_TRY(repoint_registers(loser_id, winner_id));
    sync::RowState hidden = *loser;
    hidden.deleted = true;
    DOUDI_TRY(feed_.put(loser, hidden));
    DOUDI_TRY(plain(connection_.run(
        "INSERT INTO merged_row(loser, table_name, winner, at) VALUES($1,$2,$3,$4) ON CONFLICT(loser) DO "
        "UPDATE SET winner=excluded.winner",
        sql::params(loser_id, table_.table->name, winner_id, now_))));
    return feed_.flush();
  }
  [[nodiscard]] const std::set<std::string>& touched() const { return feed_.touched(); }

 private:
  // What only the hidden row knew.
  Status fill_winner(const sync::RowState& loser, const sync::RowState& winner) {
    sync::RowState filled = winner;
    for (const sync::Column& column : table_.table->columns) {
      if (column.merge != sync::MergeRule::server && is_null(cell(filled, column.name)))
        set_cell(filled, column.name, cell(loser, column.name));
    }
    return filled == winner ? Status{} : feed_.put(winner, filled);
  }

  // What the district keeps beside the replicated tables.
  Status repoint_registers(const Uuid& loser, const Uuid& winner) {
    const std::string& name = table_.table->name;
    for (const std::string& register_name : {std::string("ledger_entry"), "roster_" + name}) {
      DOUDI_TRY(
          plain(connection_.run("UPDATE " + register_name + " SET " + name + "=$2 WHERE " + name + "=$1",
                                sql::params(loser, winner))));
    }
    return {};
  }

  Status repoint(const TableStatements& child, const Uuid& loser, const Uuid& winner, const Uuid& grid) {
    for (const sync::Column& column : child.table->columns) {
      if (column.references != table_.table->name) continue;
      std::vector<Uuid> rows;
      DOUDI_TRY(connection_.query("SELECT id FROM " + child.table->name + " WHERE " + column.name + "=$1",
                                  sql::params(loser), [&rows](const sql::Row& row) {
                                    rows.push_back(row.uuid(0));
                                    return true;
                                  }));
      for (const Uuid& row : rows) {
        DOUDI_ASSIGN(const auto before, tables_.read(connection_, child, row));
        sync::RowState after = *before;
        set_cell(after, column.name, sql::to_value(winner));
        set_cell(after, "grid", sql::to_value(grid));
        DOUDI_TRY(feed_.put(before, after));
        const auto moved = move_dependents(connection_, tables_, feed_, child, row, grid);
        if (!moved.ok()) return moved.error();
      }
    }
    return {};
  }

  const RowTables& tables_;
  sql::Connection& connection_;
  const TableStatements& table_;
  Instant now_;
  FeedWriter feed_;
};

struct OpenPair {
  std::string table;
  Uuid first, second;
  bool closed = false;
  std::string grid_code;
};

Result<OpenPair> read_pair(sql::Connection& connection, std::int64_t number) {
  OpenPair pair;
  DOUDI_TRY(
      connection.query("SELECT m.table_name, m.first, m.second, m.closed_at IS NOT NULL, g.code FROM "
                       "merge_proposal m JOIN grid g "
                       "ON g.id=m.grid WHERE m.number=$1",
                       sql::params(number), [&pair](const sql::Row& row) {
                         pair = {std::string(row.text(0)), row.uuid(1), row.uuid(2), row.integer(3) != 0,
                                 std::string(row.text(4))};
                         return false;
                       }));
  if (pair.table.empty()) return Error{"not_found", "There is no such proposal."};
  return pair;
}

}  // namespace

Status propose_merges(sql::Connection& connection, std::int64_t device, const sync::RowState& row,
                      Instant now) {
  for (const Likeness& likeness : kLikenesses) {
    if (likeness.table != row.table) continue;
    std::vector<Uuid> alike;
    DOUDI_TRY(connection.query(likeness.query, sql::params(row.row), [&alike](const sql::Row& found) {
      alike.push_back(found.uuid(0));
      return true;
    }));
    for (const Uuid& other : alike) {
      DOUDI_TRY(plain(connection.run(
          "INSERT INTO merge_proposal(at, table_name, first, second, reason, grid, device) SELECT "
          "$1,$2,$3,$4,$5,$6,$7 WHERE NOT EXISTS(SELECT 1 FROM merge_proposal WHERE (first=$3 AND second=$4) "
          "OR "
          "(first=$4 AND second=$3))",
          sql::params(now, row.table, other, row.row, likeness.reason, cell(row, "grid"), device))));
    }
  }
  return {};
}

Result<std::optional<Uuid>> merged_into(sql::Connection& connection, const Uuid& row) {
  std::optional<Uuid> standing;
  for (int step = 0; step < kPointersMax; ++step) {
    std::optional<Uuid> next;
    DOUDI_TRY(connection.query("SELECT winner FROM merged_row WHERE loser=$1",
                               sql::params(standing.value_or(row)), [&next](const sql::Row& found) {
                                 next = found.uuid(0);
                                 return false;
                               }));
    if (!next) break;
    standing = next;
  }
  return standing;
}

Result<std::vector<MergeProposal>> read_merge_proposals(sql::Connection& connection, const Actor& actor) {
  std::vector<MergeProposal> list;
  DOUDI_TRY(connection.query(
      "SELECT m.number, m.at, m.table_name, m.reason, coalesce(a.name,''), coalesce(m.outcome,''), " +
          side("m.first") + ", " + side("m.second") +
          " FROM merge_proposal m JOIN grid g ON g.id=m.grid LEFT JOIN device d ON d.number=m.device LEFT "
          "JOIN "
          "account a ON a.id=d.account WHERE " +
          std::string(kInScope) + " ORDER BY m.closed_at IS NOT NULL, m.at DESC LIMIT $2",
      sql::params(actor.scopes(kCaseRoles), kProposalsShown), [&list](const sql::Row& row) {
        list.push_back({row.integer(0), Instant{row.integer(1)}, std::string(row.text(2)),
                        std::string(row.text(3)), std::string(row.text(4)), proposed_row(row, 6),
                        proposed_row(row, 15), std::string(row.text(5))});
        return true;
      }));
  return list;
}

Status resolve_proposal(District& district, const Actor& actor, std::int64_t number,
                        const std::optional<Uuid>& winner) {
  std::set<std::string> touched;
  const Status stored = district.writer().run([&](sql::Connection& connection) -> Status {
    DOUDI_ASSIGN(const OpenPair pair, read_pair(connection, number));
    if (actor.roles_over(pair.grid_code).empty()) return Error{"not_found", "There is no such proposal."};
    if (pair.closed) return Error{"proposal.closed", "Somebody has decided this already."};
    if (winner && *winner != pair.first && *winner != pair.second)
      return Error{"request.field", "The one that stands is one of the two."};
    const Instant now = district.now();
    if (winner) {
      Merge merge(district, connection, *district.tables().find(pair.table), now);
      DOUDI_TRY(merge.run(*winner == pair.first ? pair.second : pair.first, *winner));
      touched = merge.touched();
    }
    DOUDI_TRY(plain(connection.run(
        "UPDATE merge_proposal SET outcome=$2, winner=$3, closed_at=$4, closed_by=$5 WHERE number=$1",
        sql::params(number, winner ? "merged" : "different", winner, now, actor.account))));
    return append_audit(
        connection, {now, actor.account, std::nullopt, winner ? "merge.accept" : "merge.refuse", pair.table,
                     winner ? *winner : pair.first, std::to_string(number)});
  });
  DOUDI_TRY(stored);
  district.announce(touched);
  return {};
}

}  // namespace doudi::district
