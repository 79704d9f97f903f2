// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/published_json.h"

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace faultline {
namespace {

using Json = nlohmann::json;

}  // namespace

std::string published_to_json(const PublishedRecord& published) {
  if (published.name.empty()) return "";
  Json pairs = Json::array();
  for (const PublishedPair& pair : published.pairs)
    pairs.push_back({{"what", pair.what},
                     {"unit", pair.unit},
                     {"without", pair.without},
                     {"with", pair.with},
                     {"workload", pair.workload},
                     {"metric", pair.metric},
                     {"arm", pair.arm},
                     {"params", pair.params}});
  const Json json{{"name", published.name},
                  {"source", published.source},
                  {"said", published.said},
                  {"pairs", pairs},
                  {"may_differ", published.may_differ}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

PublishedRecord published_from_json(const std::string& text) {
  PublishedRecord published;
  if (text.empty()) return published;
  try {
    const Json json = Json::parse(text);
    published.name = json.at("name");
    published.source = json.at("source");
    published.said = json.at("said");
    for (const Json& pair : json.at("pairs"))
      published.pairs.push_back({pair.at("what"), pair.at("unit"), pair.at("without"),
                                 pair.at("with"), pair.at("workload"), pair.at("metric"),
                                 pair.at("arm"), pair.at("params")});
    published.may_differ = json.at("may_differ").get<std::vector<std::string>>();
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::store, "reading the published figures of a run", error.what());
  }
  return published;
}

}  // namespace faultline
