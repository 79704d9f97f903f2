// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/yaml_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline {
namespace {

using testing::ElementsAre;

/// What parse_yaml() says of a text, one string a mistake.
std::vector<std::string> mistakes_of(const std::string& text) {
  DiagnosticList list("f");
  const YamlNodePtr root = parse_yaml(text, list);
  std::vector<std::string> found;
  for (const Diagnostic& diagnostic : list.take()) found.push_back(to_string(diagnostic));
  return found;
}

YamlNodePtr parsed(const std::string& text) {
  DiagnosticList list("f");
  YamlNodePtr root = parse_yaml(text, list);
  EXPECT_THAT(list.take(), testing::IsEmpty());
  return root;
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

TEST(YamlDocument, KnowsWhereKeysAndValuesStand) {
  const YamlNodePtr root = parsed("a: 1\nb:\n  - {c: [x, \"y\"]}\n");
  ASSERT_EQ(root->entries.size(), 2u);
  EXPECT_EQ(root->entries[1].key, "b");
  EXPECT_EQ(root->entries[1].mark, (YamlMark{2, 1}));
  const YamlNode& map = *root->find("b")->items[0];
  EXPECT_EQ(map.mark, (YamlMark{3, 5}));
  EXPECT_EQ(map.entries[0].mark, (YamlMark{3, 6}));
  const YamlNode& list = *map.find("c");
  EXPECT_EQ(list.items[1]->mark, (YamlMark{3, 13}));
  EXPECT_FALSE(list.items[0]->quoted);
  EXPECT_TRUE(list.items[1]->quoted);
}

TEST(YamlDocument, GivesAMissingValueThePlaceOfItsKey) {
  const YamlNodePtr root = parsed("a:\n\n\nb: 1\n");
  EXPECT_EQ(root->find("a")->kind, YamlNode::Kind::null);
  EXPECT_EQ(root->find("a")->mark, (YamlMark{1, 1}));
}

TEST(YamlDocument, SharesTheNodeOfAnAnchorWithItsAliases) {
  const YamlNodePtr root = parsed("a: &x [1, 2]\nb: *x\n");
  EXPECT_EQ(root->find("a"), root->find("b"));
  EXPECT_EQ(root->value_count, 1u + 2 * (1 + 3));
}

TEST(YamlDocument, ReportsEveryKeyThatIsGivenTwiceAndKeepsTheFirst) {
  DiagnosticList list("f");
  const YamlNodePtr root = parse_yaml("a: 1\na: {a: 1, b: 2, b: 3}\n", list);
  EXPECT_EQ(root->find("a")->scalar, "1");
  std::vector<std::string> found;
  for (const Diagnostic& diagnostic : list.take()) found.push_back(to_string(diagnostic));
  EXPECT_THAT(found, ElementsAre("f:2:1: error: key 'a' is given twice; the first is on line 1",
                                 "f:2:17: error: key 'b' is given twice; the first is on line 2"));
}

TEST(YamlDocument, SaysWhereTextIsNoYaml) {
  EXPECT_THAT(mistakes_of("a: [1, 2\nb: 3\n"),
              ElementsAre(testing::MatchesRegex("f:[0-9]+:[0-9]+: error: not YAML: .*")));
  EXPECT_THAT(mistakes_of("a: *nowhere\n"),
              ElementsAre("f:1:4: error: not YAML: the referenced anchor is not defined"));
  EXPECT_THAT(mistakes_of("a: b: c\n"), ElementsAre("f:1:5: error: not YAML: illegal map value"));
  EXPECT_THAT(mistakes_of("\t- a\n a"), testing::SizeIs(1));
  EXPECT_THAT(mistakes_of(""), ElementsAre("f: error: the file is empty"));
  EXPECT_THAT(mistakes_of("# only a comment\n"), ElementsAre("f: error: the file is empty"));
}

TEST(YamlDocument, RefusesTagsKeysThatAreNoTextAndSecondDocuments) {
  EXPECT_THAT(mistakes_of("a: !!python/object x\n"),
              ElementsAre("f:1:4: error: YAML tags such as 'tag:yaml.org,2002:python/object' are "
                          "not used here; put text in quotes"));
  EXPECT_THAT(
      mistakes_of("[a, b]: c\n"),
      ElementsAre("f:1:1: error: a key must be plain text; quote it if it is meant as text"));
  EXPECT_THAT(mistakes_of("a: 1\n---\nb: 2\n"),
              ElementsAre("f:2:1: error: a second YAML document begins here; write one document a "
                          "file, without '---' between"));
}

TEST(YamlDocument, RefusesBytesThatAreNoTextWithTheirPlace) {
  EXPECT_THAT(mistakes_of(std::string("a: 1\nb: \0", 9)),
              ElementsAre("f:2:4: error: the control character 0x00 is not allowed"));
  EXPECT_THAT(mistakes_of("a: \xff\xfe"),
              ElementsAre("f:1:4: error: byte 0xff is not UTF-8; save it as UTF-8"));
  for (const char* bad :
       {"\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"})
    EXPECT_THAT(mistakes_of(std::string("a: ") + bad),
                ElementsAre(testing::HasSubstr("not UTF-8")));
  EXPECT_THAT(mistakes_of("a: \u00e9\u20ac\U0001f40d\n"), testing::IsEmpty());
}

TEST(YamlDocument, ReadsNoMoreThanAMebibyte) {
  const std::string fits = "a: |\n" + repeated("  text\n", 149'000);
  ASSERT_LT(fits.size(), YamlLimits::text_bytes);
  EXPECT_THAT(mistakes_of(fits), testing::IsEmpty());
  EXPECT_THAT(mistakes_of(std::string(std::size_t{2} << 20, 'a')),
              ElementsAre("f: error: the file has 2097152 bytes, more than 1 MiB is not read"));
}

TEST(YamlDocument, ReadsNoMoreThanSixtyFourLevels) {
  EXPECT_THAT(mistakes_of(repeated("[", 64) + repeated("]", 64)), testing::IsEmpty());
  EXPECT_THAT(mistakes_of(repeated("[", 65) + repeated("]", 65)),
              ElementsAre("f:1:65: error: nested deeper than 64 levels"));
  EXPECT_THAT(mistakes_of(repeated("- ", 10'000) + "x"),
              ElementsAre("f:1:129: error: nested deeper than 64 levels"));
}

TEST(YamlDocument, SurvivesTextThatOnlyOpens) {
  for (const char* part :
       {"[",   "{",   "{a: ", "[a, ", "- ", "? ",    "a: ",   "\"",    "'", "&a ",
        "*a ", "!a ", "%",    "|",    ">",  "---\n", "- -\n", "a:\n ", "]", ":"}) {
    const std::string few = repeated(part, 10'000);
    EXPECT_LE(mistakes_of(few).size(), DiagnosticList::limit + 1) << part;
  }
}

TEST(YamlDocument, StopsAtAnAliasThatWouldExpandTooFar) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string below = "*a" + std::to_string(i - 1) + ", ";
    const std::string name = "a" + std::to_string(i);
    bomb += name + ": &" + name + " [" + repeated(below, 9) + below + "]\n";
  }
  EXPECT_THAT(mistakes_of(bomb), ElementsAre(testing::HasSubstr("more than 100000 values")));
  const std::string fat =
      "a: &a " + std::string(500'000, 'x') + "\nb: [" + repeated("*a, ", 50) + "]\n";
  EXPECT_THAT(mistakes_of(fat), ElementsAre(testing::HasSubstr("more than 4 MiB of text")));
  std::string chain = "a0: &a0 [x]\n";
  for (int i = 1; i < 100; ++i)
    chain += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
             "]\n";
  EXPECT_THAT(mistakes_of(chain), ElementsAre("f:63:12: error: nested deeper than 64 levels"));
  EXPECT_THAT(mistakes_of("a: &a [*a]\n"),
              ElementsAre("f:1:8: error: an alias stands inside the value that it repeats"));
}

TEST(YamlDocument, StopsAtTooManyValuesAndKeepsMistakesFew) {
  EXPECT_THAT(mistakes_of(repeated("-\n", 200'000)),
              ElementsAre(testing::HasSubstr("more than 100000 values")));
  const std::vector<std::string> many = mistakes_of(repeated("k: 1\n", 40'000));
  ASSERT_EQ(many.size(), DiagnosticList::limit + 1);
  EXPECT_EQ(many.back(), "f: error: there are more mistakes than the 100 shown");
}

}  // namespace
}  // namespace faultline
