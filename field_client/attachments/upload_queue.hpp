// What to send next of the photos and recordings whose records the district has, one request at a time, so
// that anything more urgent can go between two. What is known of the district's side lives in the store or is
// asked again: a program that dies at any moment goes on where the district stands.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "field_client/store/store.hpp"

namespace doudi::field {

struct UploadRequest {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type;
  Bytes body;
};

class UploadQueue {
 public:
  explicit UploadQueue(Store& store) : store_(store) {}
  // Nothing when all that can go is there.
  Result<std::optional<UploadRequest>> next();
  // The district's answer: how many bytes it has, in digits. Returns how many are new there. A refusal of
  // this one upload is noted and not an error; errors of the way are.
  Result<std::int64_t> answered(const Result<Bytes>& answer);

 private:
  enum class Asked { creation, offset, piece };
  struct Item {
    Uuid id;
    std::string state, sha256;
    std::int64_t bytes = 0, sent = 0;
  };
  Result<std::optional<Item>> first();
  Result<Bytes> piece(const Item& item, std::int64_t offset);
  Status note(const std::string& state, std::int64_t sent, const std::string& reason);
  Result<std::int64_t> advance(std::int64_t offset);
  Result<std::int64_t> refused(const Error& error);

  Store& store_;
  Item item_;
  Asked asked_ = Asked::creation;
  // Of item_, as the district said during this contact.
  std::optional<std::int64_t> offset_;
  int refusals_ = 0;  // of pieces of item_, in a row
};

}  // namespace doudi::field
