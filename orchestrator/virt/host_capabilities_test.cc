// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/host_capabilities.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace faultline {
namespace {

constexpr const char* two_nodes = R"(
<capabilities>
  <host>
    <topology><cells num='2'>
      <cell id='0'><memory unit='KiB'>1</memory>
        <cpus num='2'><cpu id='2' socket_id='0'/><cpu id='0' socket_id='0'/></cpus></cell>
      <cell id='1'><cpus num='1'><cpu id='1'/></cpus></cell>
    </cells></topology>
    <secmodel><model>none</model></secmodel>
    <secmodel><model>dac</model><baselabel type='kvm'>+1:+2</baselabel>
      <baselabel type='qemu'>+64055:+108</baselabel></secmodel>
  </host>
  <guest><os_type>hvm</os_type><arch name='i686'>
    <emulator>/usr/bin/qemu-system-i386</emulator><domain type='qemu'/></arch></guest>
  <guest><os_type>hvm</os_type><arch name='x86_64'>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <domain type='qemu'/><domain type='kvm'/></arch></guest>
</capabilities>)";

TEST(HostCapabilities, NamesEmulatorKvmAndNodes) {
  const auto host = parse_capabilities(two_nodes);
  EXPECT_EQ(host.emulator, "/usr/bin/qemu-system-x86_64");
  EXPECT_TRUE(host.has_kvm);
  EXPECT_EQ(host.nodes, (std::map<unsigned, std::vector<unsigned>>{{0, {0, 2}}, {1, {1}}}));
  EXPECT_EQ(host.qemu_owner, "+64055:+108");
}

TEST(HostCapabilities, AreEmptyOfWhatIsNotThere) {
  const auto host = parse_capabilities("<capabilities><host/></capabilities>");
  EXPECT_EQ(host.emulator, "");
  EXPECT_FALSE(host.has_kvm);
  EXPECT_TRUE(host.nodes.empty());
  EXPECT_EQ(host.qemu_owner, "");
}

TEST(HostCapabilities, RefuseWhatIsNotXml) {
  EXPECT_THROW(parse_capabilities("no"), Error);
}

}  // namespace
}  // namespace faultline
