// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <bit>
#include <optional>
#include <set>
#include <utility>

#include "spec/experiment_reader.h"
#include "spec/experiment_shape.h"
#include "spec/quantity.h"
#include "spec/yaml_values.h"

namespace faultline {
namespace {

constexpr unsigned local_distance = 10;
constexpr unsigned default_remote_distance = 20;
constexpr Bytes mebibyte = Bytes{1} << 20;

void read_nodes(const YamlNode* node, const ReaderContext& context, Topology& topology) {
  const YamlNode* list = value_at(node, "nodes");
  for (const YamlNode* item : items_of(list)) {
    TopologyNode read;
    read.cpus = static_cast<unsigned>(integer_at(item, "cpus").value_or(0));
    read.memory = static_cast<Bytes>(size_at(item, "memory").value_or(0));
    if (const auto host_node = integer_at(item, "host_node"))
      read.host_node = static_cast<unsigned>(*host_node);
    topology.nodes.push_back(read);
  }
  if (!list || topology.nodes.empty()) return;
  if (topology.cpu_count() == 0)
    context.diagnostics.error(list->mark, "this topology has no CPU",
                              "give at least one node some cpus");
  if (topology.cpu_count() > ExperimentLimits::cpus)
    context.diagnostics.error(list->mark,
                              "this topology has " + std::to_string(topology.cpu_count()) +
                                  " CPUs, more than " + std::to_string(ExperimentLimits::cpus));
  if (topology.memory() > Bytes{ExperimentLimits::max_memory})
    context.diagnostics.error(
        list->mark,
        "this topology has more than " + format_size(ExperimentLimits::max_memory) + " of memory");
}

void check_memory_unit(const YamlNode* node, const ReaderContext& context,
                       const Topology& topology) {
  const bool huge = topology.backing == MemoryBacking::hugepages;
  const Bytes unit = huge ? topology.hugepage_size : mebibyte;
  for (const YamlNode* item : items_of(value_at(node, "nodes"))) {
    const YamlNode* memory = value_at(item, "memory");
    const auto bytes = size_at(item, "memory");
    if (bytes && static_cast<Bytes>(*bytes) % unit != 0)
      context.diagnostics.error(memory->mark,
                                "'memory' is " + memory->scalar + ", not a multiple of " +
                                    format_size(static_cast<std::int64_t>(unit)),
                                huge ? "the huge pages of the backing decide that" : "");
  }
}

/// One row of `distances`; checks what a bound on each number cannot say.
std::vector<unsigned> read_row(const YamlNode& row, std::size_t from,
                               const ReaderContext& context) {
  std::vector<unsigned> distances;
  for (const YamlNode* item : items_of(&row)) {
    const std::size_t to = distances.size();
    const auto value = item->kind == YamlNode::Kind::scalar ? parse_integer(item->scalar)
                                                            : std::optional<std::int64_t>();
    distances.push_back(static_cast<unsigned>(value.value_or(0)));
    // Other values were refused with the range of all distances.
    if (!value || *value < 10 || *value > 254) continue;
    if (from == to && *value != local_distance)
      context.diagnostics.error(
          item->mark,
          "the distance of node " + std::to_string(from) + " to itself is " + item->scalar,
          "it must be 10");
    if (from != to && *value == local_distance)
      context.diagnostics.error(item->mark,
                                "the distance from node " + std::to_string(from) + " to node " +
                                    std::to_string(to) + " is 10, which means the same node",
                                "write 11 to 254, for example 21");
  }
  return distances;
}

std::vector<std::vector<unsigned>> default_distances(std::size_t nodes) {
  std::vector<std::vector<unsigned>> distances(
      nodes, std::vector<unsigned>(nodes, default_remote_distance));
  for (std::size_t i = 0; i < nodes; ++i) distances[i][i] = local_distance;
  return distances;
}

void check_symmetry(const YamlNode& matrix, const ReaderContext& context,
                    const Topology& topology) {
  const auto& distances = topology.distances;
  for (std::size_t i = 0; i < distances.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (std::min(distances[i][j], distances[j][i]) > local_distance &&
          distances[i][j] != distances[j][i])
        context.diagnostics.warning(matrix.items[i]->items[j]->mark,
                                    "the distance from node " + std::to_string(i) + " to node " +
                                        std::to_string(j) + " is " +
                                        std::to_string(distances[i][j]) + ", back it is " +
                                        std::to_string(distances[j][i]),
                                    "machines are symmetric as a rule");
}

void read_distances(const YamlNode* node, const ReaderContext& context, Topology& topology) {
  const YamlNode* matrix = value_at(node, "distances");
  const std::size_t nodes = topology.nodes.size();
  if (!matrix) {
    topology.distances = default_distances(nodes);
    return;
  }
  if (matrix->kind != YamlNode::Kind::list) return;
  if (matrix->items.size() != nodes)
    context.diagnostics.error(matrix->mark,
                              "'distances' has " + counted(matrix->items.size(), "row") + " for " +
                                  counted(nodes, "node"),
                              "write a row for each node");
  bool square = matrix->items.size() == nodes;
  for (std::size_t from = 0; from < matrix->items.size(); ++from) {
    const YamlNode& row = *matrix->items[from];
    if (row.kind != YamlNode::Kind::list) {
      square = false;
      continue;
    }
    if (row.items.size() != nodes) {
      context.diagnostics.error(row.mark,
                                "row " + std::to_string(from) + " of 'distances' has " +
                                    counted(row.items.size(), "number") + " for " +
                                    counted(nodes, "node"),
                                "write one for each node");
      square = false;
    }
    topology.distances.push_back(read_row(row, from, context));
  }
  if (square) check_symmetry(*matrix, context, topology);
}

void read_cpu_topology(const YamlNode* node, const ReaderContext& context, Topology& topology) {
  const auto sockets = integer_at(node, "sockets");
  const auto cores = integer_at(node, "cores");
  const auto threads = integer_at(node, "threads");
  if (!sockets && !cores && !threads) return;
  topology.sockets = static_cast<unsigned>(sockets.value_or(1));
  topology.cores = static_cast<unsigned>(cores.value_or(1));
  topology.threads = static_cast<unsigned>(threads.value_or(1));
  const std::uint64_t product = std::uint64_t{topology.sockets} * topology.cores * topology.threads;
  if (product != topology.cpu_count())
    context.diagnostics.error(node->mark,
                              "sockets × cores × threads make " + counted(product, "CPU") +
                                  ", the nodes have " + std::to_string(topology.cpu_count()),
                              "one that is not given counts as 1");
}

void read_backing(const YamlNode* node, const ReaderContext& context, Topology& topology) {
  const std::string backing = text_at(node, "backing").value_or("anonymous");
  if (backing == "memfd") topology.backing = MemoryBacking::memfd;
  if (backing == "hugepages") topology.backing = MemoryBacking::hugepages;
  const YamlNode* size = value_at(node, "hugepage_size");
  if (topology.backing == MemoryBacking::hugepages)
    topology.hugepage_size = size_at(node, "hugepage_size").value_or(2) == std::int64_t{1} << 30
                                 ? Bytes{1} << 30
                                 : 2 * mebibyte;
  else if (size)
    context.diagnostics.error(size->mark, "'hugepage_size' without huge pages",
                              "add backing: hugepages");
}

void read_pin(const YamlNode* node, const ReaderContext& context, Topology& topology) {
  const YamlNode* pin = value_at(node, "pin");
  if (!pin) return;
  std::set<std::int64_t> used;
  for (const YamlNode* item : items_of(pin)) {
    const auto cpu = item->kind == YamlNode::Kind::scalar ? parse_integer(item->scalar)
                                                          : std::optional<std::int64_t>();
    if (!cpu) continue;
    topology.pin_cpus.push_back(static_cast<unsigned>(*cpu));
    if (!used.insert(*cpu).second)
      context.diagnostics.warning(item->mark, "host CPU " + item->scalar + " is pinned to twice",
                                  "guest CPUs that share one wait for each other");
  }
  if (items_of(pin).size() != topology.cpu_count())
    context.diagnostics.error(pin->mark,
                              "'pin' names " + counted(items_of(pin).size(), "host CPU") + " for " +
                                  counted(topology.cpu_count(), "guest CPU"),
                              "write one for each guest CPU, node by node");
}

void read_cache(const YamlNode* node, const ReaderContext& context, Topology& topology) {
  const YamlNode* cache = value_at(node, "cache");
  if (!cache) return;
  CacheShape shape;
  shape.sets = static_cast<unsigned>(integer_at(cache, "sets").value_or(1));
  shape.ways = static_cast<unsigned>(integer_at(cache, "ways").value_or(1));
  shape.line = static_cast<unsigned>(integer_at(cache, "line").value_or(shape.line));
  for (const auto& [key, value] : {std::pair("sets", shape.sets), std::pair("line", shape.line)})
    if (!std::has_single_bit(value) && value_at(cache, key))
      context.diagnostics.error(
          value_at(cache, key)->mark,
          in_quotes(key) + " is " + std::to_string(value) + ", not a power of two",
          "write for example " + std::to_string(std::bit_ceil(value)));
  topology.cache = shape;
}

}  // namespace

std::vector<Topology> read_topologies(const ReaderContext& context) {
  check_unique_names(context, "topologies", "topology");
  std::vector<Topology> topologies;
  for (const YamlNode* node : items_of(value_at(&context.root, "topologies"))) {
    if (node->kind != YamlNode::Kind::map) continue;
    Topology topology;
    topology.name = text_at(node, "name").value_or("");
    topology.position = context.diagnostics.position(node->mark);
    read_nodes(node, context, topology);
    read_distances(node, context, topology);
    read_cpu_topology(node, context, topology);
    read_backing(node, context, topology);
    check_memory_unit(node, context, topology);
    read_pin(node, context, topology);
    read_cache(node, context, topology);
    topologies.push_back(std::move(topology));
  }
  return topologies;
}

}  // namespace faultline
