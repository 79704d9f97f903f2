// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/build_session.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "kernel/compile_log.h"
#include "kernel/host_command.h"
#include "kernel/kconfig.h"
#include "kernel/kernel_image.h"
#include "kernel/source_version.h"
#include "kernel/text_layout.h"
#include "kernel/waiting_lock.h"

namespace faultline {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_config = std::size_t{16} << 20;
constexpr std::size_t largest_makefile = std::size_t{16} << 20;
constexpr std::size_t largest_script = std::size_t{16} << 20;

constexpr const char* linker_script = "arch/x86/kernel/vmlinux.lds";
/// A thin archive of the objects that make links into vmlinux; Linux from 6.1 on makes it.
constexpr const char* object_archive = "vmlinux.a";

/// Steps of make that come with any change: archives, the links, kallsyms, modpost, the compressed
/// image.
constexpr unsigned steps_of_a_link = 60;
/// Steps for each symbol that is set, when no build is there to compare with: from guest kernels of
/// 6.12, rounded.
constexpr double steps_per_symbol = 2.4;

/// A program that this host lacks says nothing about the kernel.
void throw_if_tool_is_missing(const CommandResult& made, const std::string& doing) {
  const std::string tool = missing_tool(made.standard_error);
  if (tool.empty()) return;
  const std::string package(package_of(tool));
  throw Error(ErrorKind::build_tool, doing, tool + " is not installed",
              package.empty() ? "" : "apt-get install " + package);
}

}  // namespace

BuildSession::BuildSession(CommandRunner& commands, CacheLayout layout, KernelIdentity identity,
                           unsigned jobs, Progress progress)
    : layout_(std::move(layout)),
      identity_(std::move(identity)),
      jobs_(jobs),
      progress_(std::move(progress)),
      log_(layout_.log(identity_.key)),
      work_(layout_.work(identity_.source.id)),
      scratch_(layout_.objects(identity_.source.id) / "scratch.new"),
      commands_(commands, work_),
      started_(std::chrono::steady_clock::now()),
      ccache_(!find_program("ccache").empty()) {}

asio::awaitable<std::optional<BuildFailure>> BuildSession::run() {
  prepare();
  const FileLock lock =
      co_await wait_for_lock(layout_.source_lock(identity_.source.id), [this] { tell("waiting"); });
  std::optional<BuildFailure> failed = co_await unpack();
  if (!failed) failed = co_await apply();
  if (!failed) failed = co_await configure();
  if (!failed) failed = co_await compile();
  if (!failed) co_await publish();
  co_return failed;
}

void BuildSession::tell(std::string phase) {
  if (progress_) progress_({std::move(phase), 0, 0});
}

BuildFailure BuildSession::failure(std::string phase, std::string title, std::string detail) const {
  return {std::move(phase), std::move(title), std::move(detail), log_};
}

void BuildSession::prepare() {
  std::vector<std::string> programs{"make",  "gcc", "ld",   "as",  "strip", "flex",
                                    "bison", "bc",  "perl", "git", "tar",   "grep"};
  if (identity_.source.archive.extension() == ".xz") programs.emplace_back("xz");
  if (const auto modules = identity_.request.find("MODULES");
      modules != identity_.request.end() && modules->second.value == "y")
    programs.emplace_back("depmod");
  if (const auto lz4 = identity_.request.find("KERNEL_LZ4");
      lz4 != identity_.request.end() && lz4->second.value == "y")
    programs.emplace_back("lz4");
  require_programs(programs);
  for (const fs::path& folder : {layout_.kernels(), layout_.logs(), layout_.sources(),
                                 layout_.objects(identity_.source.id), layout_.ccache()})
    make_folder(folder);
  write_file_atomically(log_, "");
}

BuildSession::Step BuildSession::unpack() {
  co_await end_leftover_processes(work_);
  co_await remove_tree(commands_, layout_.kernel_aside(identity_.key));
  // What a killed build left: make cannot tell a half-written object from a whole one.
  for (const auto& entry : fs::directory_iterator(layout_.objects(identity_.source.id)))
    if (entry.path() == work_ || entry.path().extension() == ".new")
      co_await remove_tree(commands_, entry.path());
  const std::function<void()> on_unpack = [this] { tell("unpacking"); };
  auto opened = co_await SourceTree::open(commands_, layout_, identity_.source, log_, on_unpack);
  if (const auto* bad = std::get_if<SourceFailure>(&opened))
    co_return failure("source", bad->title, bad->detail);
  tree_ = std::get<SourceTree>(std::move(opened));
  co_return std::nullopt;
}

BuildSession::Step BuildSession::apply() {
  tell("applying");
  make_folder(scratch_);
  const PristineFile pristine = [&tree = *tree_](const std::string& path) {
    return tree.pristine(path);
  };
  const fs::path makefile = pristine("Makefile");
  const std::string version =
      makefile.empty() ? "" : version_in_makefile(read_file(makefile, largest_makefile));
  std::optional<ApplyFailure> bad =
      not_for_version(identity_.series, identity_.source.text, version);
  AppliedSeries applied;
  if (!bad) {
    applied = co_await apply_series(commands_, identity_.series, scratch_, pristine);
    bad = std::move(applied.failure);
  }
  if (!bad) bad = tree_->adopt(applied.overlay, scratch_);
  if (bad) {
    write_file_atomically(log_, bad->title + "\n\n" + bad->detail);
    co_return failure("apply", bad->title, bad->detail);
  }
  overlay_ = std::move(applied.overlay);
  co_await remove_tree(commands_, scratch_);
  co_return std::nullopt;
}

Command BuildSession::make_command(std::vector<std::string> targets) const {
  const std::string compiler = ccache_ ? "ccache gcc" : "gcc";
  // Everything that could differ from host to host or day to day is said here.
  std::vector<std::string> argv{"make",
                                "--no-print-directory",
                                "-C",
                                tree_->path().string(),
                                "-j" + std::to_string(jobs_),
                                "O=" + work_.string(),
                                "ARCH=x86_64",
                                "CROSS_COMPILE=",
                                "LOCALVERSION=",
                                "CC=" + compiler,
                                "HOSTCC=" + compiler,
                                "KBUILD_BUILD_TIMESTAMP=1970-01-01",
                                "KBUILD_BUILD_VERSION=1",
                                "KBUILD_BUILD_USER=faultline",
                                "KBUILD_BUILD_HOST=faultline"};
  for (auto& target : targets) argv.push_back(std::move(target));
  const char* their_ccache = std::getenv("CCACHE_DIR");
  Command command = clean_command(
      std::move(argv),
      {"GIT_CEILING_DIRECTORIES=" + layout_.sources().string(),
       "CCACHE_DIR=" + (their_ccache != nullptr ? their_ccache : layout_.ccache().string()),
       // The kernel's build writes dependency files anyway: no file need be preprocessed twice.
       "CCACHE_DEPEND=1", "CCACHE_MAXSIZE=3G"});
  command.log = log_;
  command.deadline = BuildDeadlines{}.configure;
  return command;
}

BuildSession::Step BuildSession::configure() {
  tell("configuring");
  const auto trees = list_object_trees(layout_, identity_.source.id);
  start_ = co_await nearest_object_tree(commands_, trees, *tree_, overlay_, identity_.request,
                                        identity_.compiler.identity, ccache_);
  if (start_.from) {
    Command copy = clean_command({"cp", "--archive", "--reflink=auto",
                                  (start_.from->folder / "objects").string(), work_.string()});
    copy.deadline = BuildDeadlines{}.unpack;
    co_await must_run(commands_, std::move(copy), "copying an object tree");
    const fs::path used = start_.from->folder / "tree.json";
    fs::last_write_time(used, fs::file_time_type::clock::now());
    tree_->set_times(start_.from->overlay, start_.changed_base);
  } else {
    make_folder(work_);
  }

  const fs::path config = work_ / ".config";
  if (!start_.same_config) {
    if (auto failed = co_await make_config("tinyconfig")) co_return failed;
    write_file_atomically(config,
                          merge_config(read_file(config, largest_config), identity_.request));
    if (auto failed = co_await make_config("olddefconfig")) co_return failed;
  }
  config_ = parse_config(read_file(config, largest_config));
  const auto missed = symbols_not_taken(identity_.request, config_);
  if (!missed.empty()) co_return explain_config(missed, config_);
  co_return std::nullopt;
}

BuildSession::Step BuildSession::make_config(std::string target) {
  Command make = make_command({target});
  const CommandResult made =
      co_await run_on_host(commands_, std::move(make), "configuring a kernel");
  if (made.ok()) co_return std::nullopt;
  throw_if_tool_is_missing(made, "configuring a kernel");
  const CompileErrors errors = summarize_errors(made.standard_error, tree_->path());
  co_return failure("configure", "make " + target + " failed: " + errors.title, errors.detail);
}

BuildFailure BuildSession::explain_config(const std::vector<std::string>& missed,
                                          const ConfigValues& values) const {
  const Kconfig kconfig = Kconfig::load(tree_->path(), "x86");
  std::string detail;
  for (const std::string& symbol : missed) {
    const ConfigWish& wish = identity_.request.at(symbol);
    detail += "CONFIG_" + symbol + "=" + wish.value + " (" + wish.from +
              "): " + kconfig.why_not(symbol, wish.value, values) + "\n";
  }
  const std::string first =
      "CONFIG_" + missed.front() + "=" + identity_.request.at(missed.front()).value;
  const std::string title = missed.size() == 1
                                ? first + " cannot be set"
                                : first + " and " + std::to_string(missed.size() - 1) +
                                      (missed.size() == 2 ? " other symbol" : " other symbols") +
                                      " cannot be set";
  return failure("configure", title, printable(detail, 32'000));
}

unsigned BuildSession::expected_steps() const {
  if (start_.from) return start_.objects + steps_of_a_link;
  // A build from nothing of the same source is the best guide, then any other.
  unsigned known = 0;
  bool same_source = false;
  std::size_t nearest_size = 0;
  const std::size_t size = identity_.request.size();
  for (const KernelManifest& manifest : read_manifests(layout_.kernels())) {
    if (manifest.steps == 0) continue;
    const bool same = manifest.source_id == identity_.source.id;
    const std::size_t other = manifest.request.size();
    const std::size_t distance = other > size ? other - size : size - other;
    if (known != 0 && same_source && !same) continue;
    if (known != 0 && same_source == same && distance >= nearest_size) continue;
    known = manifest.steps;
    same_source = same;
    nearest_size = distance;
  }
  if (known != 0) return known;
  return static_cast<unsigned>(steps_per_symbol * static_cast<double>(config_.size()));
}

void BuildSession::count_step(std::string_view line) {
  if (!is_step_line(line)) return;
  ++steps_;
  if (progress_) progress_({"compiling", steps_, std::max(expected_, steps_)});
}

BuildSession::Step BuildSession::make_kernel(std::vector<std::string> targets) {
  Command make = make_command(std::move(targets));
  make.deadline = BuildDeadlines{}.compile;
  make.on_line = [this](std::string_view line) { count_step(line); };
  const CommandResult made = co_await run_on_host(commands_, std::move(make), "compiling a kernel");
  if (!made.ok()) {
    throw_if_tool_is_missing(made, "compiling a kernel");
    const CompileErrors errors = summarize_errors(made.standard_error, tree_->path());
    co_return failure("compile", errors.title, errors.detail);
  }
  co_return std::nullopt;
}

BuildSession::Step BuildSession::lay_out() {
  std::error_code ignored;
  std::string obstacle =
      "there is no " + std::string(object_archive) + ", as of Linux 6.1 there is";
  if (fs::exists(work_ / object_archive, ignored)) {
    Command list = clean_command({"ar", "t", object_archive});
    list.directory = work_;
    list.deadline = BuildDeadlines{}.query;
    const CommandResult listed =
        co_await must_run(commands_, std::move(list), "listing the objects of the kernel");
    obstacle = write_layout(listed.standard_output);
  }
  if (!obstacle.empty())
    co_return failure("compile", "its text cannot be laid out: " + obstacle, "");
  std::vector<std::string> targets{"bzImage", "vmlinux"};
  co_return co_await make_kernel(std::move(targets));
}

std::string BuildSession::write_layout(const std::string& object_list) {
  for (const char* symbol : {"X86_KERNEL_IBT", "LTO_CLANG"})
    if (config_value(config_, symbol) == "y")
      return std::string("CONFIG_") + symbol + " links all objects into one first";
  const fs::path script = work_ / linker_script;
  linker_script_ = read_file(script, largest_script);
  std::istringstream lines(object_list);
  std::vector<std::string> objects;
  for (std::string object; std::getline(lines, object);) objects.push_back(object);
  const auto laid_out = lay_out_text(linker_script_, std::move(objects), identity_.layout);
  if (!laid_out) return std::string(linker_script) + " has no one place for .text";
  write_file_atomically(script, *laid_out);
  return "";
}

bool BuildSession::objects_are_made() const {
  return start_.from && start_.from->key == identity_.objects_key;
}

BuildSession::Step BuildSession::compile() {
  expected_ = expected_steps();
  if (progress_) progress_({"compiling", 0, expected_});
  const bool modules = config_value(config_, "MODULES") == "y";
  std::vector<std::string> targets{"bzImage", "vmlinux"};
  if (modules) targets.emplace_back("modules");
  if (identity_.layout == 0 || !objects_are_made())
    if (auto failed = co_await make_kernel(targets)) co_return failed;
  if (identity_.layout != 0)
    if (auto failed = co_await lay_out()) co_return failed;
  if (progress_) progress_({"compiling", steps_, steps_});

  const fs::path aside = layout_.kernel_aside(identity_.key);
  make_folder(aside);
  Command strip = clean_command(
      {"strip", "--strip-all", "-o", (aside / "vmlinux").string(), (work_ / "vmlinux").string()});
  strip.log = log_;
  strip.deadline = BuildDeadlines{}.query;
  co_await must_run(commands_, std::move(strip), "stripping vmlinux");
  if (modules) {
    Command install = make_command({"modules_install", "INSTALL_MOD_STRIP=1",
                                    "INSTALL_MOD_PATH=" + (aside / "modules").string()});
    co_await must_run(commands_, std::move(install), "installing kernel modules");
  }
  fs::copy_file(work_ / "arch/x86/boot/bzImage", aside / "bzImage");
  fs::copy_file(work_ / "System.map", aside / "System.map");
  fs::copy_file(work_ / ".config", aside / "config");
  const KernelImage image = inspect_kernel_image(aside / "bzImage");
  if (image.format != KernelImage::Format::bzimage)
    co_return failure("compile", "make built no kernel image: " + image.problem, "");
  co_return std::nullopt;
}

asio::awaitable<void> BuildSession::publish() {
  const fs::path aside = layout_.kernel_aside(identity_.key);
  KernelManifest manifest = manifest_of(identity_);
  manifest.release = read_file(work_ / "include/config/kernel.release", 200);
  while (!manifest.release.empty() && manifest.release.back() == '\n') manifest.release.pop_back();
  if (config_value(config_, "MODULES") == "y") {
    // Links to the object tree, which mean nothing to a guest.
    const fs::path modules = aside / "modules/lib/modules" / manifest.release;
    std::error_code ignored;
    for (const char* link : {"build", "source"}) fs::remove(modules / link, ignored);
  }
  manifest.steps = start_.from || identity_.layout != 0 ? 0 : steps_;
  // Younger than the vmlinux that was linked with the other one: the next make links anew.
  if (identity_.layout != 0) write_file_atomically(work_ / linker_script, linker_script_);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  manifest.built_at = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  manifest.build_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  write_file_atomically(aside / "manifest.json", to_json(manifest));

  ObjectTree objects;
  objects.key = identity_.objects_key;
  objects.base = tree_->base();
  objects.overlay = overlay_;
  objects.config_lines = config_lines(identity_.request);
  objects.compiler_identity = identity_.compiler.identity;
  objects.ccache = ccache_;
  objects.finished = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();

  Command sync = clean_command({"sync", "--file-system", aside.string()});
  sync.deadline = BuildDeadlines{}.unpack;
  co_await must_run(commands_, std::move(sync), "writing the kernel to the disk");
  tree_->mark_durable();
  publish_directory(aside, layout_.kernel(identity_.key));
  if (identity_.layout != 0 && objects_are_made())
    co_await remove_tree(commands_, work_);  // The tree that it was copied from is as good.
  else
    co_await keep_object_tree(commands_, layout_, identity_.source.id, std::move(objects));
}

}  // namespace faultline
