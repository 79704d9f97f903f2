// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/xml_writer.h"

#include <libxml/xmlwriter.h>

#include <new>

namespace faultline {
namespace {

const xmlChar* to_xml(const std::string& text) {
  return reinterpret_cast<const xmlChar*>(text.c_str());
}

/// libxml2 escapes markup, but takes any bytes: a control character or broken UTF-8 would give a
/// document that nobody can parse.
std::string representable(std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::string clean;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    int length = static_cast<int>(text.size() - i);
    const int character =
        ::xmlGetUTF8Char(reinterpret_cast<const unsigned char*>(text.data() + i), &length);
    const bool whole = character >= 0 && length > 0;
    const bool allowed = whole && (character >= 0x20 || byte == '\n' || byte == '\t') &&
                         (character < 0xD800 || character > 0xDFFF) && character != 0xFFFE &&
                         character != 0xFFFF && character <= 0x10FFFF;
    if (allowed) {
      clean.append(text.substr(i, static_cast<std::size_t>(length)));
      i += static_cast<std::size_t>(length);
    } else {
      clean.append(replacement);
      i += whole ? static_cast<std::size_t>(length) : 1;
    }
  }
  return clean;
}

}  // namespace

struct XmlWriter::Writer {
  xmlBufferPtr buffer = ::xmlBufferCreate();
  xmlTextWriterPtr writer = buffer != nullptr ? ::xmlNewTextWriterMemory(buffer, 0) : nullptr;
  ~Writer() {
    if (writer != nullptr) ::xmlFreeTextWriter(writer);
    if (buffer != nullptr) ::xmlBufferFree(buffer);
  }
};

XmlWriter::XmlWriter() : writer_(std::make_unique<Writer>()) {
  if (writer_->writer == nullptr) throw std::bad_alloc();
  ::xmlTextWriterSetIndent(writer_->writer, 1);
  ::xmlTextWriterSetIndentString(writer_->writer, to_xml("  "));
}

XmlWriter::~XmlWriter() = default;

void XmlWriter::begin(const std::string& name, const Attributes& attributes) {
  ::xmlTextWriterStartElement(writer_->writer, to_xml(name));
  for (const auto& [key, value] : attributes)
    ::xmlTextWriterWriteAttribute(writer_->writer, to_xml(key), to_xml(representable(value)));
}

void XmlWriter::end() {
  ::xmlTextWriterEndElement(writer_->writer);
}

XmlWriter::Element XmlWriter::element(const std::string& name, const Attributes& attributes) {
  begin(name, attributes);
  return Element(*this);
}

void XmlWriter::empty(const std::string& name, const Attributes& attributes) {
  begin(name, attributes);
  end();
}

void XmlWriter::text(const std::string& name, std::string_view text, const Attributes& attributes) {
  begin(name, attributes);
  ::xmlTextWriterWriteString(writer_->writer, to_xml(representable(text)));
  end();
}

std::string XmlWriter::finish() {
  ::xmlTextWriterEndDocument(writer_->writer);
  ::xmlTextWriterFlush(writer_->writer);
  return reinterpret_cast<const char*>(::xmlBufferContent(writer_->buffer));
}

}  // namespace faultline
