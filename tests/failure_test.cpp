#include <commitpoint/failure.hpp>
#include <commitpoint/result.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace cp = commitpoint;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a failure is small, and cheap to move") {
  CHECK(sizeof(cp::failure) <= 40);
  CHECK(std::is_nothrow_move_constructible_v<cp::failure>);
  CHECK(std::is_nothrow_move_assignable_v<cp::failure>);
  CHECK(std::is_nothrow_copy_constructible_v<cp::failure>);
}

TEST_CASE("a failure is made from codes and from both kinds of enumeration that are codes") {
  const cp::failure own = cp::errc::drifted;
  CHECK(own.code == cp::make_error_code(cp::errc::drifted));
  const cp::failure system = std::error_code(ENOSPC, std::system_category());
  CHECK(system.code.value() == ENOSPC);
  const cp::failure braced{cp::system_error(EIO)};
  CHECK(braced.code == std::error_code(EIO, std::system_category()));
  const cp::failure stream = std::io_errc::stream;
  CHECK(stream.code == std::io_errc::stream);
  const std::error_code back = own;
  CHECK(back == cp::errc::drifted);
  CHECK_FALSE(std::is_convertible_v<int, cp::failure>);
  CHECK_FALSE(std::is_convertible_v<std::errc, cp::failure>);  // a condition is no code
}

TEST_CASE("a failure compares with codes, with conditions, and with failures") {
  const cp::failure full = cp::system_error(ENOSPC);
  CHECK(full == std::errc::no_space_on_device);
  CHECK(std::errc::no_space_on_device == full);
  CHECK(full != std::errc::io_error);
  CHECK(full != cp::errc::drifted);
  CHECK(full == std::error_code(ENOSPC, std::system_category()));
  CHECK(full == cp::failure(cp::system_error(ENOSPC), "elsewhere"));
  CHECK(cp::failure(cp::errc::drifted) == cp::errc::drifted);
  CHECK(cp::failure(cp::errc::drifted) != cp::failure(cp::errc::cancelled));
}

TEST_CASE("each of the library's errors has a message of its own") {
  CHECK(std::string(cp::category().name()) == "commitpoint");
  for (int value = 1; value <= static_cast<int>(cp::errc::untrusted_owner); ++value) {
    CAPTURE(value);
    CHECK_FALSE(contains(cp::category().message(value), "unknown error"));
  }
  CHECK(contains(cp::category().message(0), "unknown error"));
  CHECK(contains(cp::category().message(static_cast<int>(cp::errc::untrusted_owner) + 1), "unknown error"));
}

TEST_CASE("what is known first stays") {
  auto f = cp::failure(cp::system_error(EIO))
               .at(cp::step::stage)
               .at(cp::step::body)
               .on("a", "b")
               .on("c")
               .in(7)
               .in(8)
               .because("the disk is on fire")
               .because("nobody knows")
               .with(cp::outcome::dirty);
  CHECK(f.step == cp::step::stage);
  CHECK(f.path() == "a");
  CHECK(f.other_path() == "b");
  CHECK(f.number() == 7);
  CHECK(f.explanation() == "the disk is on fire");
  CHECK(f.outcome() == cp::outcome::dirty);
}

TEST_CASE("an edit of a copy leaves the original alone") {
  const cp::failure original(cp::system_error(EIO), "a");
  auto copy = cp::failure(original).because("why");
  CHECK(copy.path() == "a");
  CHECK(copy.explanation() == "why");
  CHECK(original.explanation().empty());
}

TEST_CASE("a bare failure has empty paths and the code's message") {
  const cp::failure f = cp::errc::cancelled;
  CHECK(f.path().empty());
  CHECK(f.describe().empty());
  CHECK(f.number() == 0);
  CHECK(f.outcome() == cp::outcome::rolled_back);
  CHECK(f.message() == "cancelled");
}

TEST_CASE("what to do is added to what is known, once") {
  auto bare = cp::failure(std::make_error_code(std::errc::too_many_files_open)).advising("close some");
  CHECK(bare.explanation() == "close some");
  auto known = cp::failure(std::make_error_code(std::errc::too_many_files_open)).because("why").advising("close some");
  CHECK(known.explanation() == "why; close some");
  CHECK(std::move(known).advising("close some").explanation() == "why; close some");
}

TEST_CASE("the message names step, both paths, mutation, outcome and explanation") {
  const auto text = cp::failure(cp::system_error(ENOENT))
                        .at(cp::step::publish)
                        .on("old.md", "new.md")
                        .in(12)
                        .with(cp::outcome::unfinished)
                        .because("look there")
                        .message();
  for (const auto* part :
       {"publish", "'old.md'", "'new.md'", "mutation 12", "unfinished", "look there", "No such file"}) {
    CAPTURE(text);
    CAPTURE(part);
    CHECK(contains(text, part));
  }
}

TEST_CASE("a message is whole whatever is known") {
  using cp::failure;
  using cp::step;
  const failure io = cp::system_error(EIO);
  const auto reason = io.code.message();
  const auto text = [](failure f) { return f.message(); };
  CHECK(text(failure(io).at(step::lock)) == "lock: " + reason);
  CHECK(text(failure(io).at(step::body).in(2)) == "body (mutation 2): " + reason);
  CHECK(text(failure(io).in(2)) == "(mutation 2): " + reason);
  CHECK(text(failure(io).with(cp::outcome::dirty)) == "[dirty]: " + reason);
  CHECK(text(failure(io).because("it is on fire")) == "it is on fire: " + reason);
  CHECK(text(failure(io).at(step::lock).because("held")) == "lock: held: " + reason);
  CHECK(text(failure(io).on("a", "b")) == "'a' and 'b': " + reason);
  CHECK(text(failure(io).during("add")) == "add: " + reason);
  CHECK(text(failure(io).under("/notes")) == "in '/notes': " + reason);
  CHECK(text(failure(io)
                 .during("rename-topic")
                 .under("/notes")
                 .at(step::body)
                 .on("wiki/x.md")
                 .in(2)
                 .with(cp::outcome::unknown)
                 .because("why")) ==
        "rename-topic in '/notes': body: 'wiki/x.md' (mutation 2) [unknown]: why: " + reason);
  CHECK(text(failure(io).at(step::body).on("").because("").during("").under("").in(0)) == "body: " + reason);
}

TEST_CASE("the operation and the root are what was known first") {
  const auto f = cp::failure(cp::errc::drifted).during("inner").under("/inner").during("outer").under("/outer");
  CHECK(f.operation() == "inner");
  CHECK(f.root() == "/inner");
  CHECK(cp::failure(cp::errc::drifted).operation().empty());
  CHECK(cp::failure(cp::errc::drifted).root().empty());
}

TEST_CASE("copies and moves of a failure share what is known, and give it back") {
  cp::failure one(cp::system_error(EIO), "a", "why");
  cp::failure other = one;
  CHECK(&one.path() == &other.path());
  const auto& same = other;
  other = same;
  CHECK(other.path() == "a");
  other = std::move(one);
  CHECK(other.explanation() == "why");
  one = other;
  CHECK(&one.path() == &other.path());
  one = cp::errc::cancelled;
  CHECK(one.path().empty());
  CHECK(other.path() == "a");
  const auto changed = std::move(other).in(3);
  CHECK(changed.path() == "a");
  CHECK(changed.number() == 3);
}

TEST_CASE("value() of a failed result throws a system_error that names the paths") {
  const cp::result<int> failed = cp::failure(cp::system_error(EACCES)).on("wiki/a.md", "wiki/b.md");
  try {
    (void)failed.value();
    FAIL("no exception");
  } catch (const std::system_error& e) {
    CHECK(e.code() == std::errc::permission_denied);
    CHECK(contains(e.what(), "wiki/a.md"));
    CHECK(contains(e.what(), "wiki/b.md"));
  }
  CHECK_THROWS_AS(cp::result<void>(cp::errc::drifted).value(), std::system_error);
}

TEST_CASE("error() of a result that has a value is a mistake of the program") {
  const cp::result<int> fine = 3;
  CHECK(fine.value() == 3);
  CHECK_THROWS_AS((void)fine.error(), std::logic_error);
}

namespace {

cp::result<int> number(bool good) {
  if (good) return 42;
  return cp::failure(cp::system_error(EIO), "number");
}
cp::result<void> nothing(bool good) {
  BOOST_OUTCOME_TRYV(number(good));
  return cp::success();
}
cp::result<std::string> text(bool good) {
  BOOST_OUTCOME_TRYV(nothing(good));
  BOOST_OUTCOME_TRY(const auto n, number(good));
  return std::to_string(n);
}

}  // namespace

TEST_CASE("TRY passes a failure through results of other types, with its context") {
  CHECK(text(true).value() == "42");
  const auto failed = text(false);
  REQUIRE(failed.has_error());
  CHECK(failed.error() == std::errc::io_error);
  CHECK(failed.error().path() == "number");
}

TEST_CASE("a function that gives a result may return an error enumeration as it is") {
  auto refuse = []() -> cp::result<std::string> { return cp::errc::unsupported; };
  CHECK(refuse().error() == cp::errc::unsupported);
  auto conditional = [](bool good) -> cp::result<void> {
    if (!good) return cp::errc::drifted;
    return cp::success();
  };
  CHECK(conditional(true).has_value());
  CHECK(conditional(false).error() == cp::errc::drifted);
}
