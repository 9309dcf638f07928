#include "field_client/sync/round.hpp"

#include "shared/crypto/crypto.hpp"

namespace doudi::field {
namespace {

constexpr std::string_view kHelloTarget = "/v1/sync/hello";
constexpr std::string_view kPushTarget = "/v1/sync/push";
constexpr std::string_view kPullTarget = "/v1/sync/pull";
constexpr std::string_view kCompareTarget = "/v1/sync/compare";
constexpr std::string_view kWaitTarget = "/v1/sync/wait";

}  // namespace

std::optional<SyncRound::Step> SyncRound::begin(const sync::Action& action) {
  struct Beginner {
    SyncRound& round;
    std::optional<Step> operator()(const sync::SendHello&) { return round.begin_hello(); }
    std::optional<Step> operator()(const sync::NextBatch& next) { return round.read_batch(next.emergency); }
    std::optional<Step> operator()(const sync::SendBatch&) { return round.begin_push(); }
    std::optional<Step> operator()(const sync::PullPage&) { return round.begin_pull(); }
    std::optional<Step> operator()(const sync::CompareRanges&) { return round.begin_compare(); }
    std::optional<Step> operator()(const sync::NextPiece&) { return round.read_piece(); }
    std::optional<Step> operator()(const sync::SendPiece&) { return round.begin_upload(); }
    std::optional<Step> operator()(const sync::WaitForNews&) { return std::nullopt; }
    std::optional<Step> operator()(const sync::CancelWait&) { return std::nullopt; }
    std::optional<Step> operator()(const sync::StartTimer&) { return std::nullopt; }
    std::optional<Step> operator()(const sync::Report&) { return std::nullopt; }
  };
  return std::visit(Beginner{*this}, action);
}

SyncRound::Step SyncRound::begin_hello() {
  const auto hello = steps_.hello();
  if (!hello.ok()) return failed(hello.error());
  under_way_ = Under::hello;
  return SyncCall{kHelloTarget, wire::encode(*hello, crypto::sha256), {}};
}

SyncRound::Step SyncRound::read_batch(bool emergency) {
  auto batch = steps_.batch(emergency);
  if (!batch.ok()) return failed(batch.error());
  batch_ = std::move(*batch);
  return sync::Event{sync::BatchReady{batch_.groups.size()}};
}

SyncRound::Step SyncRound::begin_push() {
  under_way_ = Under::push;
  return SyncCall{kPushTarget, wire::encode(batch_, crypto::sha256), {}};
}

SyncRound::Step SyncRound::begin_pull() {
  const auto pull = steps_.pull();
  if (!pull.ok()) return failed(pull.error());
  under_way_ = Under::pull;
  return SyncCall{kPullTarget, wire::encode(*pull, crypto::sha256), {}};
}

SyncRound::Step SyncRound::read_piece() {
  auto piece = uploads_.next();
  if (!piece.ok()) return failed(piece.error());
  piece_ = std::move(*piece);
  if (piece_) return sync::Event{sync::PieceReady{true}};
  const auto gone = steps_.uploads_done();
  if (!gone.ok()) return failed(gone.error());
  return sync::Event{sync::PieceReady{false, *gone}};
}

SyncRound::Step SyncRound::begin_upload() {
  ensure(piece_.has_value(), "a piece is sent after it was read");
  under_way_ = Under::upload;
  return SyncCall{{}, {}, std::move(piece_)};
}

SyncRound::Step SyncRound::begin_compare() {
  auto compare = steps_.repair().question();
  if (!compare.ok()) return failed(compare.error());
  compare_ = std::move(*compare);
  under_way_ = Under::compare;
  return SyncCall{kCompareTarget, wire::encode(compare_, crypto::sha256), {}};
}

sync::Event SyncRound::answered(const Result<Bytes>& answer, std::int64_t retry_after_ms) {
  if (under_way_ == Under::upload) {
    const auto sent = uploads_.answered(answer);
    if (!sent.ok()) return failed(sent.error(), retry_after_ms);
    return sync::PieceSent{static_cast<std::uint64_t>(*sent)};
  }
  if (!answer.ok()) return failed(answer.error(), retry_after_ms);
  const auto taken = [&]() -> Result<sync::Event> {
    switch (under_way_) {
      case Under::hello:
        return take_hello(*answer);
      case Under::push:
        return take_push(*answer);
      case Under::pull:
        return take_page(*answer);
      case Under::compare:
      case Under::upload:
        break;
    }
    return take_comparison(*answer);
  }();
  return taken.ok() ? *taken : failed(taken.error());
}

Result<sync::Event> SyncRound::take_hello(const Bytes& answer) {
  DOUDI_ASSIGN(const auto reply, wire::decode_hello_reply(answer, crypto::sha256));
  DOUDI_ASSIGN(const bool again, steps_.greeted(reply));
  if (again)
    return sync::Event{
        sync::GreetingRefused{{"sync.new_incarnation", "the chain of this tablet starts again"}}};
  return sync::Event{sync::Greeted{reply.known_seq, reply.news}};
}

Result<sync::Event> SyncRound::take_push(const Bytes& answer) {
  DOUDI_ASSIGN(const auto reply, wire::decode_push_reply(answer, crypto::sha256));
  if (reply.verdicts.size() != batch_.groups.size())
    return Error{"wire.message", "the district did not answer for every group"};
  DOUDI_TRY(steps_.pushed(reply));
  return sync::Event{sync::BatchAnswered{batch_.groups.size()}};
}

Result<sync::Event> SyncRound::take_page(const Bytes& answer) {
  DOUDI_ASSIGN(const auto page, wire::decode_page(answer, crypto::sha256));
  DOUDI_ASSIGN(const bool more, steps_.page(page));
  rows_arrived_ = rows_arrived_ || !page.rows.empty();
  const bool greet = steps_.must_greet();
  if (more || greet) return sync::Event{sync::PageApplied{more, false, greet}};
  DOUDI_TRY(steps_.succeeded());
  DOUDI_ASSIGN(const bool differs, steps_.repair().begin());
  return sync::Event{sync::PageApplied{false, differs, false}};
}

Result<sync::Event> SyncRound::take_comparison(const Bytes& answer) {
  DOUDI_ASSIGN(const auto reply, wire::decode_compare_reply(answer, crypto::sha256));
  DOUDI_ASSIGN(const RepairStep step, steps_.repair().answered(compare_, reply));
  rows_arrived_ = rows_arrived_ || step.rows;
  return sync::Event{sync::RangesCompared{step.more, step.pull}};
}

bool SyncRound::take_rows_changed() {
  const bool purged = steps_.take_purged();
  return std::exchange(rows_arrived_, false) || purged;
}

Result<SyncCall> SyncRound::wait_call() {
  DOUDI_ASSIGN(const auto wait, steps_.wait());
  return SyncCall{kWaitTarget, wire::encode(wait, crypto::sha256), {}};
}

sync::Event SyncRound::wait_answered(const Result<Bytes>& answer, std::int64_t retry_after_ms) const {
  const auto reply = answer.ok() ? wire::decode_wait_reply(*answer, crypto::sha256)
                                 : Result<wire::WaitReply>(answer.error());
  if (!reply.ok()) return failed(reply.error(), retry_after_ms);
  return sync::WaitEnded{reply->news};
}

sync::Event SyncRound::failed(const Error& error, std::int64_t retry_after_ms) const {
  return sync::Failed{error, retry_after_ms, jitter_()};
}

}  // namespace doudi::field
