// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/domain_xml.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "guest/run_sheet.h"
#include "virt/xml_writer.h"

namespace faultline {
namespace {

constexpr Bytes kib = 1024;
// The date on which every guest's clock starts when it counts instructions.
constexpr const char* icount_epoch = "1577836800";  // 2020-01-01 UTC
constexpr const char* qemu_namespace = "http://libvirt.org/schemas/domain/qemu/1.0";

unsigned count_cpus(const Topology& topology) {
  unsigned total = 0;
  for (const auto& node : topology.nodes) total += node.cpus;
  return total;
}

struct CpuShape {
  unsigned sockets, cores, threads;
};

/// As asked; else one socket for each node with CPUs, because Linux complains about (and is tainted
/// by) a socket whose CPUs are in several nodes.
CpuShape cpu_shape(const Topology& topology) {
  if (topology.sockets != 0)
    return {topology.sockets, std::max(topology.cores, 1u), std::max(topology.threads, 1u)};
  std::set<unsigned> sizes;
  unsigned sockets = 0;
  for (const auto& node : topology.nodes) {
    if (node.cpus == 0) continue;
    sizes.insert(node.cpus);
    ++sockets;
  }
  if (sizes.size() != 1) return {count_cpus(topology), 1, 1};  // nodes of different sizes
  const unsigned per_socket = *sizes.begin();
  const unsigned threads = std::max(topology.threads, 1u);
  if (per_socket % threads != 0) return {sockets, per_socket, 1};
  return {sockets, per_socket / threads, threads};
}

/// Host CPUs of each vCPU: one that is asked for, those of the host's node, or none (free).
std::vector<std::vector<unsigned>> vcpu_places(const Topology& topology,
                                               const DomainPlacement& placement) {
  std::set<unsigned> known;
  for (const auto& [node, cpus] : placement.host_nodes) known.insert(cpus.begin(), cpus.end());
  std::vector<std::vector<unsigned>> places;
  for (const auto& node : topology.nodes) {
    for (unsigned cpu = 0; cpu < node.cpus; ++cpu) {
      const std::size_t index = places.size();
      auto& place = places.emplace_back();
      if (index < topology.pin_cpus.size()) {
        if (known.contains(topology.pin_cpus[index])) place = {topology.pin_cpus[index]};
      } else if (node.host_node && placement.host_nodes.contains(*node.host_node)) {
        place = placement.host_nodes.at(*node.host_node);
      }
    }
  }
  return places;
}

void write_memory_backing(XmlWriter& xml, const Topology& topology) {
  const auto backing = xml.element("memoryBacking");
  if (topology.backing == MemoryBacking::hugepages) {
    const auto hugepages = xml.element("hugepages");
    xml.empty("page", {{"size", std::to_string(topology.hugepage_size / kib)}, {"unit", "KiB"}});
  }
  // A host whose KSM merges guests' pages would add faults of its own to those that are measured.
  xml.empty("nosharepages");
  // All at once: a huge page that is missing later would kill the guest with SIGBUS.
  if (topology.backing == MemoryBacking::hugepages)
    xml.empty("allocation", {{"mode", "immediate"}});
  if (topology.backing != MemoryBacking::anonymous)
    xml.empty("source", {{"type", "memfd"}});  // needs no hugetlbfs mount either
}

void write_placement(XmlWriter& xml, const Topology& topology, const DomainPlacement& placement) {
  const auto places = vcpu_places(topology, placement);
  if (std::any_of(places.begin(), places.end(), [](const auto& place) { return !place.empty(); })) {
    const auto cputune = xml.element("cputune");
    for (std::size_t i = 0; i < places.size(); ++i)
      if (!places[i].empty())
        xml.empty("vcpupin", {{"vcpu", std::to_string(i)}, {"cpuset", cpu_list(places[i])}});
  }
  std::vector<std::pair<std::size_t, unsigned>> bound;
  for (std::size_t i = 0; i < topology.nodes.size(); ++i) {
    const auto& host_node = topology.nodes[i].host_node;
    if (host_node && placement.host_nodes.contains(*host_node)) bound.emplace_back(i, *host_node);
  }
  if (bound.empty()) return;
  const auto numatune = xml.element("numatune");
  for (const auto& [cell, host_node] : bound)
    xml.empty("memnode", {{"cellid", std::to_string(cell)},
                          {"mode", "strict"},
                          {"nodeset", std::to_string(host_node)}});
}

void write_numa(XmlWriter& xml, const Topology& topology) {
  const auto numa = xml.element("numa");
  unsigned first_cpu = 0;
  for (std::size_t i = 0; i < topology.nodes.size(); ++i) {
    const auto& node = topology.nodes[i];
    XmlWriter::Attributes attributes{{"id", std::to_string(i)}};
    if (node.cpus > 0) {
      std::vector<unsigned> cpus(node.cpus);
      std::iota(cpus.begin(), cpus.end(), first_cpu);
      first_cpu += node.cpus;
      attributes.emplace_back("cpus", cpu_list(cpus));
    }
    attributes.emplace_back("memory", std::to_string(node.memory / kib));
    attributes.emplace_back("unit", "KiB");
    const auto cell = xml.element("cell", attributes);
    if (i >= topology.distances.size()) continue;
    const auto distances = xml.element("distances");
    for (std::size_t j = 0; j < topology.distances[i].size(); ++j)
      xml.empty("sibling",
                {{"id", std::to_string(j)}, {"value", std::to_string(topology.distances[i][j])}});
  }
}

void write_cpu(XmlWriter& xml, const GuestMachine& machine) {
  const auto shape = cpu_shape(machine.topology);
  XmlWriter::Attributes model{{"mode", "maximum"}, {"check", "none"}};
  if (machine.accel == Accelerator::kvm)
    model = {{"mode", "host-passthrough"}, {"check", "none"}, {"migratable", "off"}};
  const auto cpu = xml.element("cpu", model);
  xml.empty("topology", {{"sockets", std::to_string(shape.sockets)},
                         {"cores", std::to_string(shape.cores)},
                         {"threads", std::to_string(shape.threads)}});
  const auto without = [&xml](const char* feature) {
    xml.empty("feature", {{"policy", "disable"}, {"name", feature}});
  };
  // Emulated, `rep movsb` goes byte by byte: without it Linux clears and copies pages 2-3 times
  // faster.
  if (machine.accel != Accelerator::kvm) without("erms");
  if (machine.accel == Accelerator::icount) {  // these answer with the host's entropy
    without("rdrand");
    without("rdseed");
  }
  write_numa(xml, machine.topology);
}

void write_clock(XmlWriter& xml, Accelerator accel) {
  XmlWriter::Attributes offset{{"offset", "utc"}};
  if (accel == Accelerator::icount) offset = {{"offset", "absolute"}, {"start", icount_epoch}};
  const auto clock = xml.element("clock", offset);
  if (accel == Accelerator::icount) xml.empty("timer", {{"name", "rtc"}, {"track", "guest"}});
  xml.empty("timer", {{"name", "hpet"}, {"present", "no"}});
}

void write_channel(XmlWriter& xml, const char* port, const std::string& socket) {
  const auto channel = xml.element("channel", {{"type", "unix"}});
  XmlWriter::Attributes source{{"mode", "bind"}};
  if (!socket.empty()) source.emplace_back("path", socket);
  xml.empty("source", source);
  xml.empty("target", {{"type", "virtio"}, {"name", port}});
}

/// The root of a guest whose image is a disk: read-only, so that any number of guests share it.
void write_disk(XmlWriter& xml, const std::filesystem::path& file) {
  const auto disk = xml.element("disk", {{"type", "file"}, {"device", "disk"}});
  xml.empty("driver", {{"name", "qemu"}, {"type", "raw"}});
  xml.empty("source", {{"file", file.string()}});
  xml.empty("target", {{"dev", "vda"}, {"bus", "virtio"}});
  xml.empty("readonly");
  xml.empty("address", {{"type", "pci"},
                        {"domain", "0x0000"},
                        {"bus", "0x00"},
                        {"slot", "0x03"},
                        {"function", "0x0"}});
}

void write_devices(XmlWriter& xml, const GuestMachine& machine, const DomainPlacement& placement) {
  const auto devices = xml.element("devices");
  if (!placement.emulator.empty()) xml.text("emulator", placement.emulator);
  if (!machine.disk.empty()) write_disk(xml, machine.disk);
  xml.empty("controller", {{"type", "usb"}, {"model", "none"}});
  // Everything sits on the root bus: each further bus costs the guest's PCI scan time.
  xml.empty("controller", {{"type", "pci"}, {"index", "0"}, {"model", "pcie-root"}});
  // Pipes keep what the guest wrote last until we have read it. A terminal loses that when QEMU
  // ends, but is all that virDomainOpenConsole() can open. A Unix socket is full after 300 bytes,
  // for QEMU writes them one by one; the guest would have to wait for us.
  {
    const std::string pipes = placement.console_pipes.string();
    const auto serial = xml.element("serial", {{"type", pipes.empty() ? "pty" : "pipe"}});
    if (!pipes.empty()) xml.empty("source", {{"path", pipes}});
    const auto target = xml.element("target", {{"type", "isa-serial"}, {"port", "0"}});
    xml.empty("model", {{"name", "isa-serial"}});
  }
  // On the instruction clock no device may depend on the host's timing, and virtio queues do.
  if (machine.accel != Accelerator::icount) {
    {
      const auto controller =
          xml.element("controller", {{"type", "virtio-serial"}, {"index", "0"}});
      xml.empty("address", {{"type", "pci"},
                            {"domain", "0x0000"},
                            {"bus", "0x00"},
                            {"slot", "0x02"},
                            {"function", "0x0"}});
    }
    const std::string sockets = placement.channel_sockets.string();
    write_channel(xml, guest::event_port, sockets.empty() ? "" : sockets + ".events");
    write_channel(xml, guest::artifact_port, sockets.empty() ? "" : sockets + ".artifacts");
  }
  xml.empty("memballoon", {{"model", "none"}});
  xml.empty("panic", {{"model", "isa"}});
}

/// What libvirt has no words for.
void write_qemu_extras(XmlWriter& xml, Accelerator accel) {
  std::vector<std::string> arguments{"-machine",
                                     "sata=off,smbus=off"};  // never used, slow to probe
  if (accel == Accelerator::icount) {
    arguments.insert(arguments.end(), {"-icount", "shift=0,sleep=off"});
    // Both reach the guest's random number generator. The last one given counts.
    arguments.insert(arguments.end(), {"-uuid", "00000000-0000-0000-0000-000000000000"});
    arguments.insert(arguments.end(), {"-seed", "1"});
  }
  {
    const auto commandline = xml.element("qemu:commandline");
    for (const auto& argument : arguments) xml.empty("qemu:arg", {{"value", argument}});
  }
  // Where it believes in this capability libvirt asks QEMU for each of 400 CPU features in turn at
  // each start, which takes longer than all the rest; without it there are two questions. It is
  // about the CPU that libvirt shows of a running guest, which nobody looks at here.
  const auto capabilities = xml.element("qemu:capabilities");
  xml.empty("qemu:del", {{"capability", "cpu-unavailable-features"}});
}

}  // namespace

std::string cpu_list(const std::vector<unsigned>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    if (!text.empty()) text += ',';
    text += std::to_string(numbers[i]);
    if (end - i > 1) text += '-' + std::to_string(numbers[end - 1]);
    i = end;
  }
  return text;
}

std::vector<std::string> unmet_placement(const Topology& topology,
                                         const DomainPlacement& placement) {
  std::vector<unsigned> nodes, cpus;
  for (const auto& [node, its_cpus] : placement.host_nodes) {
    nodes.push_back(node);
    cpus.insert(cpus.end(), its_cpus.begin(), its_cpus.end());
  }
  std::sort(cpus.begin(), cpus.end());
  std::vector<std::string> unmet;
  for (std::size_t i = 0; i < topology.nodes.size(); ++i) {
    const auto& wanted = topology.nodes[i].host_node;
    if (wanted && !placement.host_nodes.contains(*wanted))
      unmet.push_back("node " + std::to_string(i) + " asks for host node " +
                      std::to_string(*wanted) + "; this host has " + cpu_list(nodes));
  }
  for (std::size_t i = 0; i < topology.pin_cpus.size(); ++i)
    if (!std::binary_search(cpus.begin(), cpus.end(), topology.pin_cpus[i]))
      unmet.push_back("CPU " + std::to_string(i) + " asks for host CPU " +
                      std::to_string(topology.pin_cpus[i]) + "; this host has " + cpu_list(cpus));
  return unmet;
}

std::string domain_xml(const GuestMachine& machine, const DomainPlacement& placement) {
  const auto& topology = machine.topology;
  Bytes memory = 0;
  for (const auto& node : topology.nodes) memory += node.memory;
  XmlWriter xml;
  {
    const auto domain =
        xml.element("domain", {{"type", machine.accel == Accelerator::kvm ? "kvm" : "qemu"},
                               {"xmlns:qemu", qemu_namespace}});
    xml.text("name", placement.domain_name);
    xml.text("memory", std::to_string(memory / kib), {{"unit", "KiB"}});
    write_memory_backing(xml, topology);
    xml.text("vcpu", std::to_string(count_cpus(topology)), {{"placement", "static"}});
    write_placement(xml, topology, placement);
    {
      const auto os = xml.element("os");
      xml.text("type", "hvm", {{"arch", "x86_64"}, {"machine", "q35"}});
      xml.text("kernel", machine.kernel.string());
      if (!machine.initramfs.empty()) xml.text("initrd", machine.initramfs.string());
      xml.text("cmdline", machine.cmdline);
    }
    {
      const auto features = xml.element("features");
      xml.empty("acpi");
      xml.empty("apic");
      xml.empty("vmport", {{"state", "off"}});
    }
    write_cpu(xml, machine);
    write_clock(xml, machine.accel);
    for (const char* event : {"on_poweroff", "on_reboot", "on_crash"}) xml.text(event, "destroy");
    write_devices(xml, machine, placement);
    write_qemu_extras(xml, machine.accel);
  }
  return xml.finish();
}

}  // namespace faultline
