// Finding people on the tablet by characters, pinyin, initials, door or number tail, in memory.
#pragma once

#include <string>
#include <vector>

#include "field_client/include/doudi/views.hpp"
#include "field_client/work/board.hpp"
#include "shared/domain/name_index.hpp"
#include "shared/packs/packs.hpp"

namespace doudi::field {

inline constexpr std::size_t kSearchHitsMax = 50;

class PersonSearch {
 public:
  // Without readings, names are found by their characters only.
  void build(const Board& board, const packs::NameReader* names);
  void forget() { keys_.clear(); }
  [[nodiscard]] bool built() const { return !keys_.empty(); }
  [[nodiscard]] std::vector<SearchHit> find(const Board& board, const std::string& query) const;

 private:
  struct Entry {
    Uuid person;
    domain::NameKey key;
  };
  std::vector<Entry> keys_;
};

}  // namespace doudi::field
