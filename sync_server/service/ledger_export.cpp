// One query for the entries, one for the tags of everybody in them.
#include "sync_server/service/ledger_export.hpp"

#include <map>

#include "shared/domain/masking.hpp"
#include "shared/domain/population.hpp"
#include "sync_server/service/roster_words.hpp"
#include "sync_server/store/embedded.hpp"

namespace doudi::district {
namespace {

using domain::MaskLevel;

const std::vector<std::string> kHeader{
    "序号",     "台账编号",       "镇街",     "村（社区）", "网格编号",         "网格员",   "姓名",
    "性别",     "年龄",           "身份证号", "联系电话",   "家庭住址",         "户主姓名", "家庭人口",
    "人员类别", "问题来源",       "发现方式", "发现时间",   "上报时间",         "问题类型", "问题描述",
    "急难等级", "受理时间",       "责任单位", "责任人",     "协办单位",         "处置措施", "是否先行救助",
    "救助类型", "救助金额（元）", "完成时限", "办理进度",   "办结时间",         "用时",     "是否超期",
    "转介情况", "是否销号",       "销号时间", "销号审核人", "回头看时间及结果", "备注"};

constexpr std::string_view kSelect =
    "SELECT e.number, g.street, g.community, g.code, w.name, p.name, p.sex, p.birth, p.id_number, "
    "coalesce(p.phone, h.phone), h.address, (SELECT name FROM person WHERE household=h.id AND is_head=1 AND "
    "deleted=0 LIMIT 1), (SELECT count(*) FROM person WHERE household=h.id AND deleted=0 AND died_on IS NULL "
    "AND "
    "moved_on IS NULL), p.id, l.source, v.mode, coalesce(l.found_corrected_at, l.found_at), l.received_at, "
    "e.category, l.description, e.grade, e.accepted_at, e.due_at, e.state, e.overdue_on_arrival, "
    "l.restricted "
    "FROM ledger_entry e JOIN lead l ON l.id=e.lead JOIN grid g ON g.id=e.grid LEFT JOIN account w ON "
    "w.id=l.worker "
    "LEFT JOIN person p ON p.id=e.person LEFT JOIN household h ON h.id=e.household LEFT JOIN visit v ON "
    "v.id=l.visit "
    "ORDER BY e.number";

std::string word(const std::map<std::string_view, std::string_view>& words, std::string_view code) {
  const auto found = words.find(code);
  return std::string(found == words.end() ? code : found->second);
}

const std::map<std::string_view, std::string_view> kSources{
    {"visit", "走访排查"},        {"self_report", "群众求助"}, {"upper_feed", "上级反馈"},
    {"data_compare", "数据比对"}, {"partner", "部门转办"},     {"hotline", "热线"}};
const std::map<std::string_view, std::string_view> kModes{{"in_person", "入户"},
                                                          {"phone", "电话"},
                                                          {"video", "视频"},
                                                          {"neighbour", "邻居"},
                                                          {"institution", "机构"}};
const std::map<std::string_view, std::string_view> kStates{
    {"accepted", "已受理"}, {"dispatched", "已派遣"}, {"verifying", "入户核查"}, {"reviewing", "审核中"},
    {"deciding", "待审批"}, {"delivering", "发放中"}, {"refused", "未批准"},     {"referred", "已转介"},
    {"suspended", "中止"},  {"closing", "待销号"},    {"closed", "已销号"},      {"voided", "已作废"}};

// "2020-07-15 15:20"
std::string minute(std::optional<std::int64_t> ms) {
  if (!ms) return {};
  const std::string text = format_instant(Instant{*ms});
  return text.substr(0, 10) + " " + text.substr(11, 5);
}

std::string age_at(const sql::Row& row, int birth_column, Instant found) {
  const auto birth = row.is_null(birth_column) ? std::nullopt : parse_date(row.text(birth_column));
  return birth ? std::to_string(domain::age_on(*birth, date_of(found))) : std::string();
}

std::string sex_word(const sql::Row& row, int column) {
  if (row.is_null(column)) return {};
  return row.integer(column) == 1 ? "男" : row.integer(column) == 2 ? "女" : "未说明";
}

using TagsOf = std::map<Uuid, std::string>;

Result<TagsOf> tags_of_entries(sql::Connection& connection, const RosterWords& words) {
  TagsOf tags;
  DOUDI_TRY(
      connection.query("SELECT t.person, t.tag FROM person_tag t JOIN ledger_entry e ON e.person=t.person "
                       "WHERE t.deleted=0 AND "
                       "t.to_on IS NULL ORDER BY t.person, t.tag",
                       [&](const sql::Row& row) {
                         std::string& text = tags[row.uuid(0)];
                         const std::string tag = words.category_word(std::string(row.text(1)));
                         if (text.find(tag) == std::string::npos) text += (text.empty() ? "" : "、") + tag;
                         return true;
                       }));
  return tags;
}

// Matters of safety and of the mind are for few eyes: the list says that there is one, not what it is.
std::vector<std::string> entry_cells(const sql::Row& row, std::size_t number, const TagsOf& tags,
                                     Instant now) {
  const bool restricted = row.integer(25) != 0;
  const Instant found{row.integer(16)};
  const auto due = row.optional_integer(22);
  const bool closed = row.text(23) == "closed";
  const bool late = row.integer(24) != 0 || (!closed && due && *due < now.ms);
  std::vector<std::string> cells(kHeader.size());
  cells[0] = std::to_string(number);
  for (std::size_t i = 0; i < 5; ++i) cells[1 + i] = row.text(static_cast<int>(i));
  if (!restricted) {
    cells[6] = row.text(5);
    cells[7] = sex_word(row, 6);
    cells[8] = age_at(row, 7, found);
    cells[9] = domain::mask_identity_number(row.text(8), MaskLevel::staff);
    cells[10] = domain::mask_phone(row.text(9), MaskLevel::staff);
    cells[11] = row.text(10);
    cells[12] = row.text(11);
    cells[13] = row.integer(12) > 0 ? std::to_string(row.integer(12)) : "";
    const auto known = row.is_null(13) ? tags.end() : tags.find(row.uuid(13));
    if (known != tags.end()) cells[14] = known->second;
  }
  cells[15] = word(kSources, row.text(14));
  cells[16] = word(kModes, row.text(15));
  cells[17] = minute(found.ms);
  cells[18] = minute(row.optional_integer(17));
  cells[19] = row.text(18);
  cells[20] = restricted ? "（限授权人员查看）" : std::string(row.text(19));
  cells[21] = row.integer(20) == 1 ? "一级" : "二级";
  cells[22] = minute(row.optional_integer(21));
  cells[30] = minute(due);
  cells[31] = word(kStates, row.text(23));
  cells[34] = late ? "是" : "否";
  cells[36] = closed ? "是" : "否";
  if (row.integer(24) != 0) cells[40] = "到达即超期";
  return cells;
}

}  // namespace

Result<Sheet> ledger_sheet(sql::Connection& connection, const District& district, Instant now) {
  DOUDI_ASSIGN(const RosterWords words, RosterWords::read(kCategoryAliases));
  DOUDI_ASSIGN(const TagsOf tags, tags_of_entries(connection, words));
  Sheet sheet;
  sheet.title_rows = {district.identity().name + "社会救助问题台账",
                      "填报日期：" + format_date(date_of(now)) + "　审核人："};
  sheet.header = kHeader;
  DOUDI_TRY(connection.query(kSelect, [&](const sql::Row& row) {
    sheet.rows.push_back(entry_cells(row, sheet.rows.size() + 1, tags, now));
    return true;
  }));
  return sheet;
}

}  // namespace doudi::district
