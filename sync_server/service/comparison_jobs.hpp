// Long work that a page starts and then watches: an import of a list or a comparison, one at a time. Files
// come in parts and stay in memory: they hold personal data and never touch the disk outside of the store.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "sync_server/service/comparison.hpp"

namespace doudi::district {

class ComparisonJobs {
 public:
  static constexpr std::size_t kUploadBytesMax = 128U << 20U;
  static constexpr std::size_t kUploadsMax = 4;

  explicit ComparisonJobs(District& district) : district_(district) {}
  ~ComparisonJobs() { stop(); }
  ComparisonJobs(const ComparisonJobs&) = delete;
  ComparisonJobs& operator=(const ComparisonJobs&) = delete;

  // The file of one account, from its beginning; offset 0 begins anew. "compare.part", "request.too_large".
  Status add_part(const Uuid& account, std::size_t offset, std::string_view bytes);
  // "compare.busy" while another job runs; "compare.part" without a file.
  Status start_import(ListImport request);
  Status start_comparison(ComparisonRequest request);
  void cancel() { stopping_ = true; }
  // Ends what runs and waits for it.
  void stop();

  struct State {
    std::string kind;   // "import", "compare"; empty: nothing has been started
    std::string state;  // "running", "done", "failed"
    std::uint64_t done = 0, total = 0;
    std::string code, message;
    std::optional<ImportReport> report;
    std::optional<ComparisonSummary> summary;
  };
  [[nodiscard]] State state() const;

 private:
  using Work = std::function<Status(const WorkProgress&, State&)>;
  // With the lock held and nothing running.
  Status start(const std::string& kind, Work work);

  District& district_;
  mutable std::mutex mutex_;
  std::map<Uuid, Bytes> uploads_;
  State state_;
  std::atomic<bool> stopping_{false};
  std::jthread thread_;
};

}  // namespace doudi::district
