// A TCP relay that hurts what passes through it, so that the real programs meet the network of a stairwell:
// late, cut at any byte, doubled, damaged, silent. The faults of a connection follow from the seed and its
// number.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace doudi::test {

enum class Fault : std::uint8_t {
  none,
  refuse,        // closed at once
  delay,         // every piece comes late
  cut_request,   // closed after some bytes of the client
  cut_answer,    // closed after some bytes of the server: what it did is done
  double_piece,  // one piece twice
  flip_bit,      // one bit of one piece wrong
  silence        // nothing passes any more; closed after a while
};

struct FaultPlan {
  std::uint64_t seed = 1;
  int faulty_percent = 0;                // of the connections; the others pass clean
  std::uint64_t cut_after_max = 20'000;  // bytes before a cut, a doubling, a flip or the silence
  std::chrono::milliseconds delay{30};
  // > 0: no fault but this: the link breaks each time so many bytes of the clients have passed, whichever
  // connections they used. All connections end there, at both ends; what passed has arrived.
  std::uint64_t cut_every = 0;
  bool dies = false;  // the first break is the last: nobody gets through until the next plan
};

class FaultProxy {
 public:
  explicit FaultProxy(std::uint16_t server_port, const FaultPlan& plan = {});
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  // From the next connection on.
  void set_plan(const FaultPlan& plan);
  [[nodiscard]] std::uint64_t connections() const;
  [[nodiscard]] std::uint64_t faults() const;    // that struck
  [[nodiscard]] std::uint64_t bytes_up() const;  // from the client, as received
  [[nodiscard]] std::uint64_t bytes_down() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace doudi::test
