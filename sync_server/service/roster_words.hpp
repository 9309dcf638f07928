// The words of a roster and their codes, from schema/aliases/categories.jsonc.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"

namespace doudi::district {

class RosterWords {
 public:
  static Result<RosterWords> read(std::string_view jsonc);
  // Codes of a cell such as "独居老人、高龄"; words that are not known go to `unknown`.
  [[nodiscard]] std::vector<std::string> categories(std::string_view cell,
                                                    std::vector<std::string>& unknown) const;
  // The word an office uses for a category code: the first of its aliases; the code itself when there is
  // none.
  [[nodiscard]] std::string category_word(const std::string& code) const;
  [[nodiscard]] std::optional<std::string> relation(std::string_view cell) const;
  [[nodiscard]] std::optional<std::string> self_care(std::string_view cell) const;

 private:
  std::map<std::string, std::string, std::less<>> categories_, relations_, self_care_;
  std::map<std::string, std::string> category_words_;
  std::set<std::string, std::less<>> none_;
};

}  // namespace doudi::district
