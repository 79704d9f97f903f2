// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/file_memo.h"

#include <sys/stat.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "kernel/host_command.h"

namespace faultline {
namespace asio = boost::asio;
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

fs::path memo_file(const fs::path& memo, const std::string& question) {
  return memo / (sha256_hex(question).substr(0, 32) + ".json");
}

}  // namespace

std::string file_identity(const fs::path& file) {
  struct stat status {};
  std::error_code error;
  const fs::path real = fs::canonical(file, error);
  if (error || ::stat(real.c_str(), &status) != 0) return {};
  return real.string() + " inode " + std::to_string(status.st_dev) + ":" +
         std::to_string(status.st_ino) + " size " + std::to_string(status.st_size) + " time " +
         std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec);
}

std::optional<std::string> recall(const fs::path& memo, const std::string& question,
                                  const std::string& identity) {
  const fs::path file = memo_file(memo, question);
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return std::nullopt;
  try {
    const json text = json::parse(read_file(file));
    if (text.at("identity") == identity) return text.at("answer").get<std::string>();
  } catch (const json::exception&) {
    // as if it were not there
  }
  return std::nullopt;
}

void remember(const fs::path& memo, const std::string& question, const std::string& identity,
              const std::string& answer) {
  make_folder(memo);
  const json text{{"question", question}, {"identity", identity}, {"answer", answer}};
  write_file_atomically(memo_file(memo, question), text.dump(1) + "\n");
}

asio::awaitable<std::string> file_hash(CommandRunner& commands, fs::path memo, fs::path file) {
  const std::string question = "sha256 " + fs::absolute(file).string();
  const std::string identity = file_identity(file);
  if (const auto known = recall(memo, question, identity)) co_return *known;
  Command command = clean_command({"sha256sum", "--binary", "--", file.string()});
  command.deadline = BuildDeadlines{}.unpack;
  const CommandResult result =
      co_await must_run(commands, std::move(command), "hashing " + file.string());
  // sha256sum puts a backslash before the digest of a file with an odd name.
  const std::size_t begin = result.standard_output.starts_with('\\') ? 1 : 0;
  const std::string hash = result.standard_output.substr(begin, 64);
  if (hash.size() != 64 || hash.find_first_not_of("0123456789abcdef") != std::string::npos)
    throw Error(ErrorKind::build_tool, "hashing " + file.string(), "sha256sum printed no digest");
  // A file written within the last moments could change again without a new time.
  struct stat status {};
  const bool settled =
      ::stat(file.c_str(), &status) == 0 && std::time(nullptr) - status.st_mtim.tv_sec > 2;
  if (settled && file_identity(file) == identity) remember(memo, question, identity, hash);
  co_return hash;
}

asio::awaitable<Compiler> find_compiler(CommandRunner& commands, fs::path memo) {
  require_programs({"gcc", "ld", "as"});
  std::string identity;
  for (const char* program : {"gcc", "ld", "as"})
    for (const fs::path& place : find_programs(program))  // the first may be a link to ccache
      identity += file_identity(place) + "\n";
  const std::string question = "compiler";
  if (const auto known = recall(memo, question, identity)) {
    const auto end = known->find('\n');
    co_return Compiler{known->substr(0, end), known->substr(end + 1)};
  }
  std::string all, text;
  for (const char* program : {"gcc", "ld", "as"}) {
    Command command = clean_command({program, "--version"});
    command.deadline = BuildDeadlines{}.query;
    const CommandResult version =
        co_await must_run(commands, std::move(command), std::string("asking ") + program);
    all += version.standard_output;
    if (std::string_view(program) == "as") continue;  // of the same package as ld
    text += (text.empty() ? "" : ", ") +
            version.standard_output.substr(0, version.standard_output.find('\n'));
  }
  Command command = clean_command({"gcc", "-v"});
  command.deadline = BuildDeadlines{}.query;
  all += (co_await must_run(commands, std::move(command), "asking gcc")).standard_error;
  Compiler compiler{sha256_hex(all), text};
  remember(memo, question, identity, compiler.identity + "\n" + compiler.text);
  co_return compiler;
}

}  // namespace faultline
