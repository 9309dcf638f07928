// Faults that are planted on purpose, to prove that the simulation finds them: only its own second copy of a
// few files is compiled with DOUDI_PLANT; in every program the condition is the constant false.
#pragma once

#ifdef DOUDI_PLANT
#include <string>
#include <string_view>

namespace doudi {

inline std::string planted_fault;  // the one that is active now
inline bool is_planted(std::string_view name) {
  return planted_fault == name;
}

}  // namespace doudi
#define DOUDI_PLANTED(name) (::doudi::is_planted(name))
#else
#define DOUDI_PLANTED(name) false
#endif
