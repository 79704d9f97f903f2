// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/published_json.h"

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace faultline {
namespace {

using Json = nlohmann::json;

Json curve_json(const PublishedCurve& curve) {
  Json here = Json::array();
  for (const PublishedPlace& place : curve.here)
    here.push_back({{"workload", place.workload},
                    {"metric", place.metric},
                    {"over", place.over},
                    {"arm", place.arm},
                    {"params", place.params}});
  return {{"what", curve.what},
          {"unit", curve.unit},
          {"over", curve.over},
          {"points", curve.points},
          {"here", here}};
}

PublishedCurve curve_of(const Json& json) {
  PublishedCurve curve{json.at("what"), json.at("unit"), json.at("over"), json.at("points"), {}};
  for (const Json& place : json.at("here"))
    curve.here.push_back({place.at("workload"), place.at("metric"), place.at("over"),
                          place.at("arm"), place.at("params")});
  return curve;
}

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
  Json curves = Json::array();
  for (const PublishedCurve& curve : published.curves) curves.push_back(curve_json(curve));
  const Json json{{"name", published.name}, {"source", published.source},
                  {"said", published.said}, {"pairs", pairs},
                  {"curves", curves},       {"may_differ", published.may_differ}};
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
    // Runs of before there were curves have none.
    for (const Json& curve : json.value("curves", Json::array()))
      published.curves.push_back(curve_of(curve));
    published.may_differ = json.at("may_differ").get<std::vector<std::string>>();
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::store, "reading the published figures of a run", error.what());
  }
  return published;
}

}  // namespace faultline
