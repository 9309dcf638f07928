// What must hold, seen from outside the products: every save a tablet acknowledged, every request and answer
// on the wire, and both stores whenever they are opened again and at the end. Each fault names its invariant.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "shared/wire/messages.hpp"
#include "tests/sim/fold.hpp"
#include "tests/sim/server.hpp"
#include "tests/sim/tablet.hpp"

namespace doudi::sim {

// A photo that a save refers to.
struct Photo {
  Uuid id;
  crypto::Hash sha256{};
};

// One acknowledged save; `marker` is a text found nowhere else.
struct Save {
  std::string marker;
  int tablet = 0;
  std::string table;
  Uuid row;
  std::string column;
  std::set<int> holders{};  // tablets whose log has it
  std::optional<Photo> photo{};
  bool let_go = false;     // the photo was whole at the district and its tablets may not keep it any more
  bool destroyed = false;  // the last copy went with a recorded fault
};

// By table and id: the scope a row stands in, and the digest of what it holds.
struct StoredRow {
  std::string scope;
  sync::Digest digest;
  friend bool operator==(const StoredRow&, const StoredRow&) = default;
};
using StoredRows = std::map<std::pair<std::string, Uuid>, StoredRow>;

class Oracle {
 public:
  Oracle(const BaseWorld& base, EventQueue& queue, SimServer& server, Counters& counters, Trace& trace)
      : base_(base), queue_(queue), server_(server), counters_(counters), trace_(trace), fold_(base) {}

  void saved(Save save);
  void joined(const SimTablet& tablet) { tablets_[tablet.index()] = &tablet.enrolled(); }
  void enrolled(const Enrolled& tablet);
  void revoked(const SimTablet& tablet) { revoked_.insert(tablet.enrolled().identity.device); }
  SimNetwork::Tap tap();

  // I1: what a tablet that has just opened its store still holds of what it acknowledged. After a loss that
  // it told, what is nowhere else is gone for good. The error is the store's own: its log cannot be read.
  Status check_opened(SimTablet& tablet, bool told_loss);
  // I1: an export holds every visit and lead that the tablet has not sent yet. Errors as above.
  Status check_export(SimTablet& tablet);
  // I2: what the district answered for is in the store it has just opened.
  void check_opened_district();
  void check_end(const std::vector<std::unique_ptr<SimTablet>>& tablets);
  // What the tablet's log has, to go with an image of its disk; and that the image was put back.
  [[nodiscard]] std::set<std::string> held_by(const SimTablet& tablet) const;
  void went_back(const SimTablet& tablet, const std::set<std::string>& held);
  void cloned(const SimTablet& from, const SimTablet& to);

  using GroupKey = std::tuple<Uuid, std::uint32_t, std::uint64_t, sync::Hash>;
  // What the district had answered for, to go with an image of its disk.
  struct Answered {
    std::map<GroupKey, sync::GroupVerdict> verdicts;
    std::set<std::string> applied, carried, by_office;
    std::set<Uuid> photos;
    std::set<Uuid> revoked;  // a restored district has forgotten what came later
    Fold fold;
  };
  [[nodiscard]] Answered district_state() const {
    return {answered_, applied_, carried_, by_office_, photos_, revoked_, fold_};
  }
  void restored(const Answered& state);
  void office_did(Instant at, Fold::Act act);
  // The officer takes a value that had lost, also out of a group that waits.
  void office_may_write(std::string_view text);
  // The district's disk failed under it: the order of its commits is not known from its answers.
  void lose_order() { order_known_ = false; }
  // After a restore tablets rightly have to be mended.
  [[nodiscard]] bool was_restored() const { return was_restored_; }

  void fault(const std::string& invariant, const std::string& what);
  [[nodiscard]] const std::vector<std::string>& faults() const { return faults_; }
  [[nodiscard]] bool is_revoked(const SimTablet& tablet) const {
    return revoked_.contains(tablet.enrolled().identity.device);
  }

 private:
  void check_answer(const Enrolled& tablet, const field::HttpRequest& request,
                    const field::HttpResponse& response);
  void check_nonce(const field::HttpRequest& request);
  void check_push(const Enrolled& tablet, const Bytes& request, const Bytes& answer);
  void note_photo(const field::HttpRequest& request, const field::HttpResponse& response);
  void note_let_go();
  // A line of the district as it is now, to be put into another one.
  using Line = std::pair<std::vector<Value>, std::string>;
  Line line_of(const std::string& table, const Uuid& id);
  void note_markers(const sync::Group& group);
  void note_group(const Enrolled& tablet, const sync::Group& group, const sync::GroupVerdict& verdict);
  void check_group_scope(const Enrolled& tablet, const sync::Group& group);
  void check_page(const Enrolled& tablet, const wire::Page& page);
  std::set<Bytes> grids_of(const Enrolled& tablet);
  std::set<Bytes> grids_at(const Enrolled& tablet, std::int64_t assignment_version);
  void check_save(sql::Connection& district, const Save& save);
  void check_photo(sql::Connection& district, const Save& save);
  void note_destroyed();
  bool went_with_revoked(const Save& save);
  bool is_applied_later(sql::Connection& district, const std::string& marker);
  bool is_on_district(sql::Connection& district, const std::string& marker);
  void check_tablet(sql::Connection& district, SimTablet& tablet);
  void check_refused(SimTablet& tablet);
  void check_rows(const StoredRows& there, SimTablet& tablet);
  void check_left_scopes(sql::Connection& district, SimTablet& tablet);
  void check_bounds(SimTablet& tablet);
  void check_bounds(sql::Connection& district);
  void check_chains(sql::Connection& district);
  void check_plaintext(const SimStorage& storage, const std::string& whose);

  const BaseWorld& base_;
  EventQueue& queue_;
  SimServer& server_;
  Counters& counters_;
  Trace& trace_;
  std::map<int, const Enrolled*> tablets_;  // also those that were cloned from them
  std::vector<Save> saves_;
  std::set<Uuid> revoked_;
  std::map<GroupKey, sync::GroupVerdict> answered_;
  std::set<std::string> applied_;    // markers whose own group was applied
  std::set<std::string> carried_;    // markers in any text that an applied group wrote
  std::set<std::string> by_office_;  // markers the officer may have written
  std::set<Uuid> photos_;            // whole, as the district said
  std::set<std::string> spent_nonces_;
  Fold fold_;
  bool order_known_ = true;
  bool was_restored_ = false;
  std::vector<std::string> faults_;
};

}  // namespace doudi::sim
