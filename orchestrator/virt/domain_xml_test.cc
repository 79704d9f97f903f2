// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/domain_xml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/files.h"
#include "virt/xml_writer.h"

namespace faultline {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr Bytes mib = Bytes{1} << 20;

TopologyNode node(unsigned cpus, Bytes memory, std::optional<unsigned> host_node = {}) {
  return {.cpus = cpus, .memory = memory, .host_node = host_node};
}

GuestMachine one_node() {
  GuestMachine machine;
  machine.name = "one-node";
  machine.topology.name = "one-node";
  machine.topology.nodes = {node(2, 512 * mib)};
  machine.topology.distances = {{10}};
  machine.kernel = "/cache/kernel/vmlinux";
  machine.initramfs = "/cache/image/initramfs.cpio";
  machine.cmdline = "console=ttyS0 quiet tsc=reliable";
  return machine;
}

GuestMachine two_nodes() {
  GuestMachine machine = one_node();
  machine.topology.nodes = {node(2, 512 * mib), node(2, 512 * mib)};
  machine.topology.distances = {{10, 21}, {21, 10}};
  return machine;
}

DomainPlacement host() {
  DomainPlacement placement;
  placement.domain_name = "faultline-0123abcd-0-1-boot";
  placement.emulator = "/usr/bin/qemu-system-x86_64";
  placement.console_pipes = "/run/faultline/sockets/1.console";
  placement.channel_sockets = "/run/faultline/sockets/1";
  placement.host_nodes = {{0, {0, 1, 2, 3}}, {1, {4, 5, 6, 7}}};
  return placement;
}

/// Holds the XML to testdata/NAME.xml; with UPDATE_GOLDENS=1 writes it there.
void expect_golden(const std::string& name, const std::string& xml) {
  const std::filesystem::path file =
      std::filesystem::path(FAULTLINE_SOURCE_DIR) / "orchestrator/virt/testdata" / (name + ".xml");
  if (std::getenv("UPDATE_GOLDENS") != nullptr) write_file_atomically(file, xml);
  ASSERT_TRUE(std::filesystem::exists(file)) << file << "; write it with UPDATE_GOLDENS=1";
  EXPECT_EQ(xml, read_file(file)) << "if this is meant, run with UPDATE_GOLDENS=1";
}

TEST(DomainXml, OfOneNodeUnderEmulation) {
  expect_golden("one_node_tcg", domain_xml(one_node(), host()));
}

TEST(DomainXml, OfTwoNodesOnKvm) {
  GuestMachine machine = two_nodes();
  machine.accel = Accelerator::kvm;
  expect_golden("two_nodes_kvm", domain_xml(machine, host()));
}

TEST(DomainXml, OfTwoNodesOnTheInstructionClock) {
  GuestMachine machine = two_nodes();
  machine.accel = Accelerator::icount;
  expect_golden("two_nodes_icount", domain_xml(machine, host()));
}

TEST(DomainXml, OfANodeOfMemoryOnly) {
  GuestMachine machine = two_nodes();
  machine.topology.nodes[1].cpus = 0;
  expect_golden("memory_only_node", domain_xml(machine, host()));
}

TEST(DomainXml, OfNodesBoundToThoseOfTheHostWithHugePages) {
  GuestMachine machine = two_nodes();
  machine.topology.nodes[0].host_node = 1;
  machine.topology.nodes[1].host_node = 0;
  machine.topology.pin_cpus = {4, 5};
  machine.topology.backing = MemoryBacking::hugepages;
  machine.topology.hugepage_size = 2 * mib;
  expect_golden("bound_hugepages", domain_xml(machine, host()));
}

TEST(DomainXml, OfAGuestWithADisk) {
  GuestMachine machine = one_node();
  machine.disk = "/cache/images/debian/root & all.squashfs";
  expect_golden("one_node_disk", domain_xml(machine, host()));
}

TEST(DomainXml, KeepsTheHostsKsmAwayFromEveryGuest) {
  for (const MemoryBacking backing :
       {MemoryBacking::anonymous, MemoryBacking::memfd, MemoryBacking::hugepages}) {
    GuestMachine machine = one_node();
    machine.topology.backing = backing;
    machine.topology.hugepage_size = 2 * mib;
    EXPECT_THAT(domain_xml(machine, host()), HasSubstr("<nosharepages/>"));
  }
}

TEST(DomainXml, GivesEachNodeASocket) {
  EXPECT_THAT(domain_xml(two_nodes(), host()),
              HasSubstr("<topology sockets=\"2\" cores=\"2\" threads=\"1\"/>"));
}

TEST(DomainXml, GivesEachCpuASocketIfNodesDiffer) {
  GuestMachine machine = two_nodes();
  machine.topology.nodes[1].cpus = 1;
  EXPECT_THAT(domain_xml(machine, host()),
              HasSubstr("<topology sockets=\"3\" cores=\"1\" threads=\"1\"/>"));
}

TEST(DomainXml, TakesTheShapeThatIsAskedFor) {
  GuestMachine machine = two_nodes();
  machine.topology.sockets = 1;
  machine.topology.cores = 2;
  machine.topology.threads = 2;
  EXPECT_THAT(domain_xml(machine, host()),
              HasSubstr("<topology sockets=\"1\" cores=\"2\" threads=\"2\"/>"));
}

TEST(DomainXml, TakesMemoryFromAMemfd) {
  GuestMachine machine = one_node();
  machine.topology.backing = MemoryBacking::memfd;
  EXPECT_THAT(domain_xml(machine, host()), HasSubstr("<source type=\"memfd\"/>"));
}

TEST(DomainXml, LeavesOutWhatTheHostDoesNotHaveAndSaysSo) {
  GuestMachine machine = two_nodes();
  machine.topology.nodes[1].host_node = 7;
  machine.topology.pin_cpus = {0, 99};
  const std::string xml = domain_xml(machine, host());
  EXPECT_THAT(xml, Not(HasSubstr("memnode")));
  EXPECT_THAT(xml, HasSubstr("<vcpupin vcpu=\"0\" cpuset=\"0\"/>"));
  EXPECT_THAT(xml, Not(HasSubstr("vcpu=\"1\"")));
  EXPECT_THAT(unmet_placement(machine.topology, host()),
              ElementsAre("node 1 asks for host node 7; this host has 0-1",
                          "CPU 1 asks for host CPU 99; this host has 0-7"));
  EXPECT_THAT(unmet_placement(two_nodes().topology, host()), IsEmpty());
}

TEST(DomainXml, UsesATerminalWhereWeCannotConnectToASocket) {
  DomainPlacement remote = host();
  remote.console_pipes.clear();
  remote.channel_sockets.clear();
  const std::string xml = domain_xml(one_node(), remote);
  EXPECT_THAT(xml, HasSubstr("<serial type=\"pty\">"));
  EXPECT_THAT(xml, HasSubstr("<source mode=\"bind\"/>"));
}

TEST(DomainXml, CannotBeBrokenOutOf) {
  GuestMachine machine = one_node();
  machine.cmdline = "a</cmdline><on_reboot>restart</on_reboot> \"b\" & '\x01' \xff";
  machine.kernel = "/tmp/<kernel>";
  const std::string xml = domain_xml(machine, host());
  EXPECT_THAT(xml, HasSubstr("<cmdline>a&lt;/cmdline&gt;&lt;on_reboot&gt;restart&lt;/on_reboot&gt; "
                             "&quot;b&quot; &amp; '\xEF\xBF\xBD' \xEF\xBF\xBD</cmdline>"));
  EXPECT_THAT(xml, HasSubstr("<kernel>/tmp/&lt;kernel&gt;</kernel>"));
}

TEST(CpuList, JoinsRanges) {
  EXPECT_EQ(cpu_list({}), "");
  EXPECT_EQ(cpu_list({3}), "3");
  EXPECT_EQ(cpu_list({0, 1, 2, 3, 8, 10, 11}), "0-3,8,10-11");
}

TEST(XmlWriter, EscapesAttributesAndClosesElements) {
  XmlWriter xml;
  {
    const auto outer = xml.element("outer", {{"a", "<\"&'>"}});
    xml.empty("empty");
    xml.text("text", "x < y");
  }
  const std::string text = xml.finish();
  EXPECT_THAT(text, HasSubstr("a=\"&lt;&quot;&amp;'&gt;\""));
  EXPECT_THAT(text, HasSubstr("<empty/>"));
  EXPECT_THAT(text, HasSubstr("<text>x &lt; y</text>"));
  EXPECT_THAT(text, HasSubstr("</outer>"));
}

}  // namespace
}  // namespace faultline
