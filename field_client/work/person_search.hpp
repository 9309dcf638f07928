// Finding people on the tablet by characters, pinyin, initials, door or number tail, in memory.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "field_client/include/doudi/views.hpp"
#include "field_client/work/board.hpp"
#include "shared/domain/person_index.hpp"
#include "shared/packs/packs.hpp"

namespace doudi::field {

inline constexpr std::size_t kSearchHitsMax = 50;

class PersonSearch {
 public:
  // This household was written since: it is read again before the next search, not while a worker saves.
  void touch(const Uuid& household) { touched_.insert(household); }
  void forget();
  // Without readings, names are found by their characters only. The index is made at the first search of a
  // loaded board.
  [[nodiscard]] std::vector<SearchHit> find(const Board& board, const packs::NameReader* names,
                                            const std::string& query);

 private:
  void build(const Board& board, const packs::NameReader* names);
  void refresh(const Board& board, const packs::NameReader* names, const Uuid& household);

  domain::PersonIndex index_;
  std::uint64_t made_of_load_ = 0;  // Board::loads(), 0 when there is no index
  std::set<Uuid> touched_;
};

}  // namespace doudi::field
