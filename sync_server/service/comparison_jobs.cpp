#include "sync_server/service/comparison_jobs.hpp"

namespace doudi::district {
namespace {

Status busy() {
  return Error{"compare.busy", "Another comparison or import is running."};
}

}  // namespace

Status ComparisonJobs::add_part(const Uuid& account, std::size_t offset, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (offset == 0) uploads_.erase(account);
  if (!uploads_.contains(account) && uploads_.size() >= kUploadsMax) uploads_.erase(uploads_.begin());
  Bytes& file = uploads_[account];
  if (file.size() != offset) return Error{"compare.part", "This part does not follow the one before it."};
  if (file.size() + bytes.size() > kUploadBytesMax) {
    uploads_.erase(account);
    return Error{"request.too_large", "The file is too large for the page: import it with doudi-server."};
  }
  const ByteView part = as_bytes(bytes);
  file.insert(file.end(), part.begin(), part.end());
  return {};
}

Status ComparisonJobs::start_import(ListImport request) {
  const std::lock_guard lock(mutex_);
  const auto upload = uploads_.find(request.by.account.value_or(Uuid{}));
  if (upload == uploads_.end()) return Error{"compare.part", "Send the file first."};
  if (state_.state == "running") return busy();
  Bytes file = std::move(upload->second);
  uploads_.erase(upload);
  return start("import",
               [this, content = std::move(file), request = std::move(request)](
                   const WorkProgress& progress, State& result) mutable -> Status {
                 request.content = content;
                 request.progress = progress;
                 DOUDI_ASSIGN(result.report, import_list(district_, request));
                 return {};
               });
}

Status ComparisonJobs::start_comparison(ComparisonRequest request) {
  const std::lock_guard lock(mutex_);
  if (state_.state == "running") return busy();
  return start(
      "compare",
      [this, request = std::move(request)](const WorkProgress& progress, State& result) mutable -> Status {
        request.progress = progress;
        DOUDI_ASSIGN(result.summary, run_comparison(district_, request));
        return {};
      });
}

Status ComparisonJobs::start(const std::string& kind, Work work) {
  if (thread_.joinable()) thread_.join();  // it has said its last word
  state_ = {};
  state_.kind = kind;
  state_.state = "running";
  stopping_ = false;
  thread_ = std::jthread([this, kind, work = std::move(work)] {
    const WorkProgress progress = [this](std::uint64_t done, std::uint64_t total) {
      const std::lock_guard inner(mutex_);
      state_.done = done;
      state_.total = total;
      return !stopping_;
    };
    State result;
    const Status status = work(progress, result);
    result.kind = kind;
    result.state = status.ok() ? "done" : "failed";
    if (!status.ok()) {
      result.code = status.error().code;
      result.message = status.error().message;
    }
    const std::lock_guard inner(mutex_);
    state_ = std::move(result);
  });
  return {};
}

void ComparisonJobs::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

ComparisonJobs::State ComparisonJobs::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

}  // namespace doudi::district
