// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/host_capabilities.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "base/error.h"

namespace faultline {
namespace {

struct FreeDocument {
  void operator()(xmlDoc* document) const { ::xmlFreeDoc(document); }
};
struct FreeContext {
  void operator()(xmlXPathContext* context) const { ::xmlXPathFreeContext(context); }
};
struct FreeResult {
  void operator()(xmlXPathObject* result) const { ::xmlXPathFreeObject(result); }
};
struct FreeText {
  void operator()(xmlChar* text) const { ::xmlFree(text); }
};

/// The nodes that an XPath expression selects, in document order, as text.
class Document {
 public:
  explicit Document(const std::string& xml)
      : document_(::xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr,
                                  XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)) {
    if (document_) context_.reset(::xmlXPathNewContext(document_.get()));
    if (!context_)
      throw Error(ErrorKind::libvirt, "reading libvirt's capabilities", "they are not XML");
  }

  std::vector<std::string> select(const std::string& path) const {
    const std::unique_ptr<xmlXPathObject, FreeResult> result(
        ::xmlXPathEvalExpression(reinterpret_cast<const xmlChar*>(path.c_str()), context_.get()));
    std::vector<std::string> texts;
    if (!result || result->nodesetval == nullptr) return texts;
    for (int i = 0; i < result->nodesetval->nodeNr; ++i) {
      const std::unique_ptr<xmlChar, FreeText> text(
          ::xmlNodeGetContent(result->nodesetval->nodeTab[i]));
      if (text) texts.emplace_back(reinterpret_cast<const char*>(text.get()));
    }
    return texts;
  }

 private:
  std::unique_ptr<xmlDoc, FreeDocument> document_;
  std::unique_ptr<xmlXPathContext, FreeContext> context_;
};

unsigned number(const std::string& text) {
  return static_cast<unsigned>(std::strtoul(text.c_str(), nullptr, 10));
}

}  // namespace

HostCapabilities parse_capabilities(const std::string& xml) {
  const Document document(xml);
  HostCapabilities host;
  const std::string guest = "/capabilities/guest[os_type='hvm']/arch[@name='x86_64']";
  const auto emulators = document.select(guest + "/emulator");
  if (!emulators.empty()) host.emulator = emulators.front();
  host.has_kvm = !document.select(guest + "/domain[@type='kvm']/@type").empty();
  const std::string cell = "/capabilities/host/topology/cells/cell";
  for (const auto& id : document.select(cell + "/@id")) {
    auto& cpus = host.nodes[number(id)];
    for (const auto& cpu : document.select(cell + "[@id='" + id + "']/cpus/cpu/@id"))
      cpus.push_back(number(cpu));
    std::sort(cpus.begin(), cpus.end());
  }
  const auto owners =
      document.select("/capabilities/host/secmodel[model='dac']/baselabel[@type='qemu']");
  if (!owners.empty()) host.qemu_owner = owners.front();
  return host;
}

}  // namespace faultline
