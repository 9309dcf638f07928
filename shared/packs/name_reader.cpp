// Pinyin of a name: the data file's readings first, then ICU's transliteration character by character.
#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <utility>

#include "shared/packs/json_reader.hpp"
#include "shared/packs/packs.hpp"

namespace doudi::packs {
namespace {

using ReadingMap = std::map<std::string, std::vector<std::string>>;

constexpr std::size_t kAskedMax = 20'000;

bool is_plain_letters(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// "Lǚ" to "lv": tones off, ü spelt v.
std::string plain_pinyin(const std::string& latin) {
  std::string plain;
  for (const std::string& point : domain::code_points(latin)) {
    static constexpr std::array<std::pair<std::string_view, char>, 30> kMarks{
        {{"ā", 'a'}, {"á", 'a'}, {"ǎ", 'a'}, {"à", 'a'}, {"ē", 'e'}, {"é", 'e'}, {"ě", 'e'}, {"è", 'e'},
         {"ī", 'i'}, {"í", 'i'}, {"ǐ", 'i'}, {"ì", 'i'}, {"ō", 'o'}, {"ó", 'o'}, {"ǒ", 'o'}, {"ò", 'o'},
         {"ū", 'u'}, {"ú", 'u'}, {"ǔ", 'u'}, {"ù", 'u'}, {"ǖ", 'v'}, {"ǘ", 'v'}, {"ǚ", 'v'}, {"ǜ", 'v'},
         {"ü", 'v'}, {"ń", 'n'}, {"ň", 'n'}, {"ǹ", 'n'}, {"ḿ", 'm'}, {"ê", 'e'}}};
    const auto mark =
        std::find_if(kMarks.begin(), kMarks.end(), [&](const auto& entry) { return entry.first == point; });
    plain += mark != kMarks.end() ? std::string(1, mark->second) : domain::fold_name(point);
  }
  return is_plain_letters(plain) ? plain : std::string{};
}

Result<ReadingMap> read_map(ObjectReader& parent, const char* key) {
  ReadingMap map;
  const Json* json = parent.object(key);
  DOUDI_TRY(parent.finish());
  for (const auto& [word, value] : json->items()) {
    ObjectReader reader(*json, parent.file(), parent.path_of(key));
    std::vector<std::string> readings = reader.texts_or_none(word.c_str());
    const bool plain = !readings.empty() && std::all_of(readings.begin(), readings.end(), is_plain_letters);
    if (reader.failed() || !plain) {
      return Error{"packs.type", parent.file() + ": " + parent.path_of(key) + "/" + word +
                                     ": readings in plain letters are expected"};
    }
    map[word] = std::move(readings);
  }
  return map;
}

}  // namespace

struct NameReader::Parts {
  ReadingMap characters;
  ReadingMap surnames;
  std::unique_ptr<icu::Transliterator> han_latin;
  mutable std::mutex mutex;
  mutable ReadingMap asked;  // guarded by `mutex`

  [[nodiscard]] std::string transliterated(const std::string& character) const {
    if (han_latin == nullptr) return {};
    icu::UnicodeString text = icu::UnicodeString::fromUTF8(character);
    han_latin->transliterate(text);
    std::string latin;
    text.toUTF8String(latin);
    return plain_pinyin(latin);
  }

  // ICU takes its time, and a street shares few hundred characters.
  [[nodiscard]] std::vector<std::string> readings_of(const std::string& character) const {
    const std::lock_guard lock(mutex);
    if (const auto known = asked.find(character); known != asked.end()) return known->second;
    if (asked.size() >= kAskedMax) asked.clear();
    return asked.emplace(character, read(character)).first->second;
  }

  // The data file's readings first, ICU's own reading behind them.
  [[nodiscard]] std::vector<std::string> read(const std::string& character) const {
    std::vector<std::string> readings;
    if (const auto known = characters.find(character); known != characters.end()) readings = known->second;
    const std::string other = transliterated(character);
    if (!other.empty() && std::find(readings.begin(), readings.end(), other) == readings.end())
      readings.push_back(other);
    return readings;
  }
};

NameReader::NameReader() : parts_(std::make_unique<Parts>()) {
  UErrorCode failure = U_ZERO_ERROR;
  parts_->han_latin.reset(icu::Transliterator::createInstance("Han-Latin", UTRANS_FORWARD, failure));
  if (U_FAILURE(failure)) parts_->han_latin.reset();
}
NameReader::~NameReader() = default;
NameReader::NameReader(NameReader&&) noexcept = default;
NameReader& NameReader::operator=(NameReader&&) noexcept = default;

Result<NameReader> NameReader::load(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) return Error{"packs.missing", file.string() + ": cannot be read"};
  DOUDI_ASSIGN(const Json json, parse_json(text.str(), file.string()));
  ObjectReader reader(json, file.string(), "");
  reader.optional_value("characters");
  reader.optional_value("surnames");
  NameReader names;
  DOUDI_ASSIGN(names.parts_->characters, read_map(reader, "characters"));
  DOUDI_ASSIGN(names.parts_->surnames, read_map(reader, "surnames"));
  return names;
}

domain::Readings NameReader::readings(std::string_view name) const {
  const std::vector<std::string> points = domain::code_points(name);
  domain::Readings readings;
  for (std::size_t i = 0; i < points.size(); ++i) readings.push_back(parts_->readings_of(points[i]));
  if (points.size() < 2) return readings;
  const auto surname = parts_->surnames.find(points[0] + points[1]);
  for (std::size_t i = 0; surname != parts_->surnames.end() && i < 2; ++i) {
    std::vector<std::string>& known = readings[i];
    std::erase(known, surname->second[i]);
    known.insert(known.begin(), surname->second[i]);
  }
  return readings;
}

domain::NameKey NameReader::key(std::string_view name, std::string_view id_tail) const {
  return domain::make_name_key(name, readings(name), id_tail);
}

}  // namespace doudi::packs
