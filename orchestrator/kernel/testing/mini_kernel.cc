// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/testing/mini_kernel.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "async/process_runner.h"
#include "async/test_support.h"
#include "base/files.h"

namespace faultline::testing {
namespace fs = std::filesystem;
namespace {

// Kbuild in small: objects depend on headers and on the configuration, their dependency files are
// named as Kbuild names them, and a changed command line rebuilds nothing.
constexpr std::string_view makefile = R"~(# mini kernel
OBJECTS := mm/rmap.o mm/ksm.o kernel/fork.o
MODULES := lib/test.ko
RELEASE := 6.99.1-mini
Q := @
all: bzImage vmlinux

tinyconfig:
	$(Q)mkdir -p $(O)
	$(Q)printf '# tiny\nCONFIG_64BIT=y\nCONFIG_SIZE=1\n' > $(O)/.config
olddefconfig:
	$(Q)sh scripts/conf.sh $(O)/.config

$(O)/%.o: %.c $(O)/.config
	$(Q)mkdir -p $(dir $@)
	$(Q)echo "  CC      $*.o"
	$(Q)$(CC) -c -O1 -ffreestanding -fno-pic -I$(CURDIR)/include -MMD -MF $@.d -o $@ $(CURDIR)/$<
	$(Q)sed 's/ /\n/g' $@.d > $(dir $@).$(notdir $@).cmd
-include $(patsubst %,$(O)/%.d,$(OBJECTS))

$(O)/arch/x86/kernel/vmlinux.lds: arch/x86/kernel/vmlinux.lds.S
	$(Q)mkdir -p $(dir $@) && cp $(CURDIR)/$< $@
$(O)/vmlinux.a: $(patsubst %,$(O)/%,$(OBJECTS))
	$(Q)rm -f $@ && cd $(O) && ar cDPrsT vmlinux.a $(OBJECTS)
$(O)/vmlinux: $(O)/vmlinux.a $(O)/arch/x86/kernel/vmlinux.lds
	$(Q)if test -e slow; then echo "  SLOW    nothing"; sleep 300; fi
	$(Q)echo "  LD      vmlinux"
	$(Q)cd $(O) && ld -o vmlinux --script=arch/x86/kernel/vmlinux.lds --whole-archive vmlinux.a
	$(Q)nm $@ > $(O)/System.map
	$(Q)mkdir -p $(O)/include/config && echo $(RELEASE) > $(O)/include/config/kernel.release
vmlinux: $(O)/vmlinux

bzImage: $(O)/vmlinux
	$(Q)echo "  BUILD   arch/x86/boot/bzImage"
	$(Q)sh scripts/image.sh $(RELEASE) $(O)
modules: $(O)/vmlinux
	$(Q)echo "  LD [M]  $(MODULES)"
	$(Q)mkdir -p $(O)/lib && cp $(O)/mm/ksm.o $(O)/lib/test.ko
modules_install:
	$(Q)mkdir -p $(INSTALL_MOD_PATH)/lib/modules/$(RELEASE)/kernel
	$(Q)cp $(O)/lib/test.ko $(INSTALL_MOD_PATH)/lib/modules/$(RELEASE)/kernel
	$(Q)ln -s $(O) $(INSTALL_MOD_PATH)/lib/modules/$(RELEASE)/build
.PHONY: all tinyconfig olddefconfig vmlinux bzImage modules modules_install
)~";

// Keeps the settings of symbols in Kconfig.list whose one dependency is met.
constexpr std::string_view conf = R"~(config=$1
sort -u "$config" > "$config.in"
: > "$config.new"
while read -r symbol dependency; do
  line=$(grep "^CONFIG_$symbol=" "$config.in" | tail -n 1)
  if test -n "$dependency" && ! grep -q "^CONFIG_$dependency=y" "$config.in"; then line=; fi
  if test -n "$line"; then echo "$line"; else echo "# CONFIG_$symbol is not set"; fi
done < Kconfig.list > "$config.new"
rm "$config.in"
mv "$config.new" "$config"
)~";

// Octal: dash's printf knows no \x. 0x1fe boot flag, "HdrS", version 2.15, 0x20e kernel_version.
constexpr std::string_view image = R"~(mkdir -p "$2/arch/x86/boot"
{ head -c 510 /dev/zero; printf '\125\252\0\0HdrS\017\002\0\0\0\0\0\0\100\0'; head -c 48 /dev/zero
  printf '%s (test) #1\0' "$1"; } > "$2/arch/x86/boot/bzImage"
)~";

constexpr std::string_view linker_script = R"~(ENTRY(start_kernel)
SECTIONS {
	. = 0x100000;
	.text : { *(.text.hot .text.hot.*) *(.text .text.fixup) *(.text.unlikely) } = 0xcccccccc
}
)~";

constexpr std::string_view kconfig = R"~(mainmenu "Mini"
config 64BIT
	def_bool y
config SIZE
	int "Size"
config MODULES
	bool "Modules"
config KSM
	bool "KSM"
config TEST
	tristate "Test"
	depends on MODULES
)~";

}  // namespace

std::string mini_bzimage(const std::string& release) {
  std::string bytes(510, '\0');
  bytes += std::string("\125\252\0\0HdrS\017\002\0\0\0\0\0\0\100\0", 18);
  bytes.resize(0x240, '\0');
  return bytes + release + " (test) #1" + '\0';
}

void write_mini_kernel(const fs::path& folder) {
  const auto write = [&](const char* name, std::string_view text) {
    fs::create_directories((folder / name).parent_path());
    write_file_atomically(folder / name, text);
  };
  write("Makefile", makefile);
  write("Kconfig", kconfig);
  write("arch/x86/kernel/vmlinux.lds.S", linker_script);
  write("Kconfig.list", "64BIT\nSIZE\nMODULES\nKSM\nTEST MODULES\n");
  write("scripts/conf.sh", conf);
  write("scripts/image.sh", image);
  write("include/mm.h", "#define PAGE 4096\nextern int ksm(void), rmap(void);\n");
  write("mm/rmap.c",
        "#include <mm.h>\n\nint rmap(void)\n{\n\tint walked = 1;\n\treturn walked;\n}\n");
  write("mm/ksm.c", "#include <mm.h>\n\nint ksm(void)\n{\n\treturn PAGE;\n}\n");
  write("kernel/fork.c", "#include <mm.h>\n\nvoid start_kernel(void)\n{\n\trmap();\n\tksm();\n}\n");
  write(".gitignore", "*.o\n");
}

std::string run_tool(const std::vector<std::string>& argv, const fs::path& directory) {
  ProcessRunner runner;
  Command command;
  command.argv = argv;
  command.directory = directory;
  const CommandResult result = run_to_end(runner.run(command), std::chrono::seconds(300));
  if (!result.ok())
    throw std::runtime_error(argv[0] + ": " + result.standard_output + result.standard_error);
  return result.standard_output;
}

boost::asio::awaitable<CommandResult> RecordingRunner::run(Command command) {
  commands_.push_back(command.argv);
  return inner_.run(std::move(command));
}

int RecordingRunner::count(const std::string& word) const {
  return static_cast<int>(std::count_if(commands_.begin(), commands_.end(), [&](const auto& argv) {
    return std::find(argv.begin(), argv.end(), word) != argv.end();
  }));
}

int compiled_files(const fs::path& log) {
  std::istringstream lines(read_file(log));
  int files = 0;
  for (std::string line; std::getline(lines, line);) files += line.starts_with("  CC ") ? 1 : 0;
  return files;
}

}  // namespace faultline::testing
