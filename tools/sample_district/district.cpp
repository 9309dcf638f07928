// See the header. Grids are made and written one after the other, so the largest district needs little
// memory.
#include "tools/sample_district/district.hpp"

#include <array>
#include <cstdio>
#include <span>
#include <utility>
#include <vector>

#include "tools/sample_district/csv_writer.hpp"
#include "tools/sample_district/people.hpp"

namespace doudi::sample {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kStreets{"张贵庄街道"sv, "丰年村街道"sv, "万新街道"sv,  "无瑕街道"sv,
                              "新立街道"sv,   "华明街道"sv,   "金钟街道"sv,  "军粮城街道"sv,
                              "金桥街道"sv,   "华新街道"sv,   "东丽湖街道"sv};
constexpr std::array kCommunities{"春华里"sv, "秋实里"sv, "安康里"sv, "福安里"sv, "景阳里"sv, "和顺园"sv,
                                  "瑞宁园"sv, "明湖园"sv, "先锋里"sv, "丽水园"sv, "新苑里"sv, "同德里"sv};
// In the middle of ordinary households of the first grid, so a reader cannot skip them at an end.
constexpr int kFaultyAfterHousehold = 12;
// Numbering starts at 3号楼 2门 501, the door of the story.
constexpr int kFirstDoor = 92;
constexpr std::size_t kIdColumn = 10;
constexpr std::size_t kNameColumn = 8;
constexpr std::size_t kGridColumn = 2;

const std::vector<std::string> kRosterHeader{
    "街道", "社区", "网格编号", "网格名称", "户编号",   "门牌",     "户主", "与户主关系",
    "姓名", "性别", "身份证号", "联系电话", "人员类别", "自理能力", "备注", "建档日期"};

struct Grid {
  std::string code;
  std::string name;
  std::string community;
  int street = 0;
  int households = 0;
};

std::string formatted(const char* format, int a, int b = 0, int c = 0) {
  char text[64];
  std::snprintf(text, sizeof text, format, a, b, c);
  return text;
}

// 12 digits of the community + 3 of the grid.
Grid make_grid(int street, int community, int number, int households) {
  Grid grid;
  grid.street = street;
  grid.households = households;
  grid.community = std::string(kCommunities[static_cast<std::size_t>(community - 1)]) + "社区";
  grid.code = "120110" + formatted("%03d%03d%03d", street, community, number);
  grid.name = grid.community + "第" + formatted("%d", number) + "网格";
  return grid;
}

std::vector<Grid> plan_grids(Scale scale, Chance& chance) {
  if (scale == Scale::demo) return {make_grid(1, 1, 1, 40), make_grid(5, 1, 1, 40)};
  std::vector<Grid> grids;
  const int streets = scale == Scale::street ? 1 : static_cast<int>(kStreets.size());
  for (int street = 1; street <= streets; ++street) {
    const int communities = chance.between(7, 9);
    for (int community = 1; community <= communities; ++community) {
      const int count = chance.between(3, 4);
      for (int number = 1; number <= count; ++number) {
        grids.push_back(make_grid(street, community, number, chance.between(300, 500)));
      }
    }
  }
  return grids;
}

// Six floors of two doors at three entrances a house.
std::string make_door(int household) {
  const int index = household - 1 + kFirstDoor;
  return formatted("%d号楼 %d门 ", index / 36 + 1, index % 36 / 12 + 1) +
         formatted("%d0%d", index % 12 / 2 + 1, index % 2 + 1);
}

std::string full_width(std::string_view digits) {
  std::string text;
  for (const char c : digits) {
    if (c < '0' || c > '9') {
      text.push_back(c);
      continue;
    }
    text.append("\xEF\xBC");  // U+FF10 … U+FF19
    text.push_back(static_cast<char>(0x90 + (c - '0')));
  }
  return text;
}

// Numbers as people type and paste them; every form means the same number.
std::string as_typed(Chance& chance, const std::string& number) {
  const int roll = chance.below(1000);
  if (roll < 20) return full_width(number);
  if (roll < 40) return number + "'";
  if (roll < 60) return number.substr(0, 6) + " " + number.substr(6);
  if (roll < 200 && number.back() == 'X') return number.substr(0, 17) + "x";
  return number;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text.append("、");
    text.append(word);
  }
  return text;
}

class DistrictWriter {
 public:
  explicit DistrictWriter(const SampleOptions& options)
      : options_(options),
        maker_(options.today, options.scale == Scale::demo, numbers_),
        utf8_(options.directory / "roster_utf8.csv", Encoding::utf8_with_mark),
        gbk_(options.directory / "roster_gbk.csv", Encoding::gbk),
        grids_(options.directory / "grids.csv", Encoding::utf8_with_mark),
        phones_(options.directory / "duty_phones.csv", Encoding::utf8_with_mark),
        faults_(options.directory / "faults.csv", Encoding::utf8_with_mark) {}

  Result<SampleCounts> write() {
    write_headers();
    Chance plan(options_.seed);
    for (const Grid& grid : plan_grids(options_.scale, plan)) {
      // Every grid has its own stream, so a change in one leaves the others as they were.
      Chance chance(options_.seed * 1000003 + static_cast<std::uint64_t>(counts_.grids));
      write_grid_row(chance, grid);
      for (int number = 1; number <= grid.households; ++number) write_household(chance, grid, number);
      ++counts_.grids;
    }
    bool good = true;
    for (CsvWriter* file : {&utf8_, &gbk_, &grids_, &phones_, &faults_}) good = file->finish() && good;
    if (!good) return Error{"sample.write", "cannot write to " + options_.directory.string()};
    return counts_;
  }

 private:
  void roster_row(const std::vector<std::string>& cells) {
    utf8_.row(cells);
    gbk_.row(cells);
  }

  void write_headers() {
    roster_row(kRosterHeader);
    grids_.row(std::vector<std::string>{"网格编号", "网格名称", "社区", "街道", "网格员账号", "网格员姓名",
                                        "值班电话", "备用电话"});
    phones_.row(std::vector<std::string>{"街道", "值班电话", "备用电话"});
    faults_.row(std::vector<std::string>{"line", "column", "reason"});
  }

  void write_grid_row(Chance& chance, const Grid& grid) {
    // Fixed numbers never start with 0 after the area code: these can reach nobody.
    const std::string duty = "022-0" + formatted("%03d0001", grid.street);
    const std::string backup = "022-0" + formatted("%03d0002", grid.street);
    const std::string street(kStreets[static_cast<std::size_t>(grid.street - 1)]);
    if (grid.street != street_written_) phones_.row(std::vector<std::string>{street, duty, backup});
    street_written_ = grid.street;
    const Sex sex = chance.in_thousand(600) ? Sex::female : Sex::male;
    const std::string worker = std::string(make_surname(chance)) + make_given_name(chance, sex, 1978);
    grids_.row(std::vector<std::string>{grid.code, grid.name, grid.community, street,
                                        "w" + grid.code.substr(6), worker, duty, backup});
  }

  std::vector<Resident> make_residents(Chance& chance, int number) {
    if (counts_.grids == 0 && number == 1) return maker_.make_story_elder();
    if (options_.scale == Scale::demo && number == 2) return maker_.make_daily_elder(chance);
    return maker_.make(chance);
  }

  void write_household(Chance& chance, const Grid& grid, int number) {
    const std::vector<Resident> residents = make_residents(chance, number);
    std::vector<std::string> last;
    for (const Resident& resident : residents) {
      last = cells_of(chance, grid, number, residents.front(), resident);
      roster_row(last);
    }
    ++counts_.households;
    counts_.people += static_cast<int>(residents.size());
    if (counts_.grids == 0 && number == kFaultyAfterHousehold) write_faulty_rows(last);
  }

  std::vector<std::string> cells_of(Chance& chance, const Grid& grid, int number, const Resident& head,
                                    const Resident& resident) {
    return {std::string(kStreets[static_cast<std::size_t>(grid.street - 1)]),
            grid.community,
            grid.code,
            grid.name,
            formatted("%05d", number),
            make_door(number),
            head.name,
            resident.relation,
            resident.name,
            resident.sex == Sex::male ? "男" : "女",
            as_typed(chance, resident.id_number),
            resident.phone,
            joined(resident.categories),
            resident.self_care,
            resident.note,
            format_date(options_.today - (200 + 7 * number))};
  }

  void faulty_row(std::vector<std::string> cells, std::size_t column, std::string_view reason,
                  std::string value) {
    cells[column] = std::move(value);
    roster_row(cells);
    faults_.row(
        std::vector<std::string>{formatted("%d", utf8_.line()), kRosterHeader[column], std::string(reason)});
    ++counts_.faults;
  }

  // Further members of the household `good` belongs to, each wrong in one cell.
  void write_faulty_rows(std::vector<std::string> good) {
    good[7] = "其他亲属";
    good[8] = "郑佳宁";
    good[9] = "男";
    good[11].clear();
    good[12].clear();
    good[13].clear();
    good[14].clear();
    const std::string number = numbers_.next(*civil_date(1988, 6, 15), Sex::male);
    good[kIdColumn] = number;
    std::string wrong = number;
    wrong.back() = wrong.back() == '1' ? '2' : '1';
    faulty_row(good, kIdColumn, "bad_check", wrong);
    const std::string impossible = "99010119900230015";
    faulty_row(good, kIdColumn, "bad_date", impossible + identity_check(impossible));
    faulty_row(good, kIdColumn, "number_lost", "9.90101E+17");
    faulty_row(good, kIdColumn, "bad_format", number.substr(0, 16));
    faulty_row(good, kNameColumn, "missing_name", "");
    faulty_row(good, kGridColumn, "unknown_grid", "120110099001001");
  }

  const SampleOptions& options_;
  IdentityNumbers numbers_;
  HouseholdMaker maker_;
  CsvWriter utf8_;
  CsvWriter gbk_;
  CsvWriter grids_;
  CsvWriter phones_;
  CsvWriter faults_;
  SampleCounts counts_;
  int street_written_ = 0;
};

}  // namespace

Result<Scale> parse_scale(std::string_view text) {
  if (text == "demo") return Scale::demo;
  if (text == "street") return Scale::street;
  if (text == "district") return Scale::district;
  return Error{"sample.scale", "the scale is demo, street or district"};
}

Result<SampleCounts> write_sample_district(const SampleOptions& options) {
  std::error_code failure;
  std::filesystem::create_directories(options.directory, failure);
  if (failure) return Error{"sample.write", "cannot create " + options.directory.string()};
  return DistrictWriter(options).write();
}

}  // namespace doudi::sample
