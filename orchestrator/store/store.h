// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "outcome/results.h"

namespace faultline {

/// What is done already of a run: (block, arm, topology) of every boot that needs no repeat.
using FinishedBoots = std::set<std::tuple<std::uint32_t, std::string, std::string>>;

/// The results database (docs/database.md). One writer; readers in other processes are fine (WAL).
/// Not thread-safe: one strand. Every call throws Error{store} with SQLite's own words.
class Store {
 public:
  enum class Mode { read_only, read_write };
  /// Opens, creates (read_write) or migrates forward a database. A file that is no database, is
  /// corrupt, read-only, of another program, from a newer Faultline or (read_write) being written
  /// by another process is refused with a hint, and left as it is. read_only needs the right to
  /// write only to bring an older database forward.
  static Store open(const std::filesystem::path& file, Mode mode);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  /// Starts a run, or finds the unfinished one with the same experiment_hash, and notes that this
  /// host, with this accelerator, works on it from now on. Returns the run_id.
  std::int64_t begin_run(const RunInfo& run);
  std::optional<std::int64_t> unfinished_run(const std::string& experiment_hash);
  /// A contaminated boot counts as done after `reruns` further attempts.
  FinishedBoots finished_boots(std::int64_t run_id, unsigned reruns = 0);
  /// How often a boot was tried already: the number of its next attempt.
  std::uint32_t attempts(std::int64_t run_id, std::uint32_t block, const std::string& arm,
                         const std::string& topology);
  void record_kernel(const KernelRecord& kernel);
  /// Does nothing for an image that is known: its hash says what is in it.
  void record_image(const ImageRecord& image);
  /// Commits one attempt with all that it measured, durably, before it returns; if it throws,
  /// nothing of it is stored. A kernel of which no record came yet gets a row with its key only; a
  /// metric that RunInfo did not announce is kept as a neutral one; NaN comes back as NaN.
  void record_boot(std::int64_t run_id, const BootRecord& boot);
  /// `stopped` is the reason if the run ends before its plan does; `blocks` and `boots` are then
  /// what was planned of it.
  struct EarlyEnd {
    std::string stopped;
    unsigned blocks = 0;
    std::uint64_t boots = 0;
  };
  void finish_run(std::int64_t run_id, std::int64_t finished_at_ns,
                  const std::optional<EarlyEnd>& early = std::nullopt);

  std::vector<RunInfo> runs();
  /// Everything that a report needs, as of one moment. RunInfo's host and accelerator are those
  /// that the run began on. Throws Error{user_input} for an unknown run.
  Results results(std::int64_t run_id);
  /// The image of that hash; nothing if no record of it came. Its packages are sorted by name.
  std::optional<ImageRecord> image(const std::string& hash);
  /// One boot in full, by its id or a unique beginning of it. Throws Error{user_input}.
  BootRecord boot(const std::string& boot_id);
  /// Writes a new database that holds this run alone, with nothing of others left in it. Throws
  /// Error{user_input} for an unknown run, Error{store} if the file exists.
  void export_run(std::int64_t run_id, const std::filesystem::path& file);
  /// Mean wall seconds of the completed boots that runs of this experiment had of an arm on a
  /// topology, for estimates of time left; 0: none yet.
  double mean_boot_seconds(const std::string& experiment, const std::string& arm,
                           const std::string& topology, const std::string& accel);
  /// Wall seconds of all attempts of the run so far: what a budget is held against.
  double spent_seconds(std::int64_t run_id);

 private:
  struct Connection;
  explicit Store(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace faultline
