#include "commands/choose_compiler.hpp"
#include "commands/commands.hpp"
#include "commands/tally.hpp"
#include "documents/find_documents.hpp"
#include "documents/private_directory.hpp"
#include "documents/same_name.hpp"
#include "knowledge_base/clock.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "knowledge_base/prepare_document.hpp"
#include "mutations/add_document.hpp"
#include "mutations/index_document.hpp"
#include "mutations/rehearsal.hpp"

#include <commitpoint/prepare.hpp>

#include <memory>
#include <numeric>
#include <optional>

namespace openkb {

namespace {

namespace fs = std::filesystem;

// One document that nobody could foresee does not keep the others from their turn.
template <class F>
auto guarded(const std::string& document, F f) -> decltype(f()) {
  try {
    return f();
  } catch (const std::exception& e) {
    return failure_of(e, document);
  }
}

class adding {
 public:
  adding(const command_line& asked, output& out, knowledge_base& kb, std::string now, preparing how)
      : asked_(asked), how_(std::move(how)), out_(out), kb_(kb), now_(std::move(now)), tally_(out, kb, asked) {}

  int run() {
    if (!find_inputs()) return tally_.exit();
    tally_.announce(inputs_.size());
    const bool parallel = asked_.add.jobs > 1 || asked_.add.batch > 1;
    if (asked_.dry_run) {
      rehearse();
    } else {
      parallel ? in_batches() : one_by_one();
    }
    if (tally_.updated() && !asked_.dry_run) settle();
    if (several_) tally_.sum_up();
    return tally_.exit();
  }

 private:
  bool find_inputs() {
    several_ = asked_.paths.size() + asked_.add.cloud.size() > 1;
    for (const auto& id : asked_.add.cloud) inputs_.push_back({input::kind::cloud, id});
    for (const auto& asked : asked_.paths) {
      std::error_code ignored;
      const auto path = file_of_same_name(asked);
      if (asked == "-") {
        inputs_.push_back({input::kind::piped, asked_.add.name});
      } else if (is_http_url(asked)) {
        inputs_.push_back({input::kind::url, asked});
      } else if (fs::is_directory(path, ignored)) {
        several_ = true;
        if (!find_below(path)) return false;
      } else {
        inputs_.push_back({input::kind::file, path.native()});
      }
    }
    return true;
  }

  bool find_below(const fs::path& directory) {
    const auto found = find_documents(directory, own_directories(asked_.root));
    for (const auto& f : found.unreadable) {
      if (!tally_.failed(f.path(), f)) return false;
    }
    for (const auto& file : found.files) inputs_.push_back({input::kind::file, file.native()});
    if (found.files.empty() && found.unreadable.empty()) tally_.nothing_in(directory);
    return true;
  }

  // Each a mutation of its own. The lock is kept from one to the next, but never while something is fetched.
  void one_by_one() {
    for_each([&](const input& in) {
      if (in.is_remote()) owner_.reset();
      return add_one(in);
    });
  }

  template <class F>
  void for_each(F add) {
    bool stopped = false;
    for (const auto& in : inputs_) {
      if (stopped) {
        tally_.not_added(in.shown());
        continue;
      }
      const auto done = guarded(in.shown(), [&] { return add(in); });
      stopped = !done && !tally_.failed(in.shown(), done.error());
    }
  }

  // On a copy of the rows that is made under the shared lock, which nobody needs any more then.
  void rehearse() {
    auto on = [&]() -> cp::result<rehearsal> {
      BOOST_OUTCOME_TRY(const auto reader, read(kb_, asked_.root, how_.stop, out_));
      return rehearsal::of(asked_.root);
    }();
    if (on) {
      for_each([&](const input& in) { return rehearse_one(on.value(), in); });
    } else {
      tally_.failed({}, on.error());
      for (const auto& in : inputs_) tally_.not_added(in.shown());
    }
  }

  cp::result<void> rehearse_one(rehearsal& on, const input& in) {
    BOOST_OUTCOME_TRY(const auto directory, private_directory::make());
    BOOST_OUTCOME_TRY(const auto prepared, prepare_document(how_, in, directory.path()));
    BOOST_OUTCOME_TRY(const auto seen, on.add(prepared->source, prepared->result, now_));
    tally_.succeeded(in, seen);
    return cp::success();
  }

  cp::result<void> add_one(const input& in) {
    BOOST_OUTCOME_TRY(auto staging, kb_.lease());
    auto prepared = prepare_document(how_, in, staging.path().native());
    if (!prepared && !(prepared.error() == error::already_here)) return std::move(prepared).error();
    BOOST_OUTCOME_TRYV(own());
    if (!prepared) return std::move(prepared).error();
    const document& source = prepared.value()->source;
    const compiled& result = prepared.value()->result;
    cp::plan plan{.operation = "add", .details = {{"document", source.stem}}, .stop = how_.stop};
    BOOST_OUTCOME_TRY(const auto done, owner_->run(std::move(plan), [&](cp::enlisting_mutation& m) {
      return add_document(m, source, result, now_, how_.stop);
    }));
    tally_.succeeded(in, done);
    return cp::success();
  }

  cp::result<void> own() {
    if (owner_) return cp::success();
    BOOST_OUTCOME_TRY(auto owner, openkb::own(kb_, asked_.root, how_.stop, out_));
    owner_.emplace(std::move(owner));
    return cp::success();
  }

  // Prepared by several threads, committed by this one, in order, many at one commit point.
  void in_batches() {
    if (const auto mine = own(); !mine) {
      tally_.failed({}, mine.error());
      return;
    }
    owner_.reset();
    std::vector<std::optional<added>> done(inputs_.size());
    cp::prepare_options options{
        .jobs = asked_.add.jobs, .batch = asked_.add.batch, .stop = how_.stop, .operation = "add"};
    std::vector<bool> mentioned(inputs_.size());
    options.settled = [&](std::size_t i, const cp::result<void>& outcome) {
      mentioned[i] = true;
      if (outcome) {
        tally_.succeeded(inputs_[i], *done[i]);
      } else {
        tally_.failed(inputs_[i].shown(), outcome.error());
      }
      done[i].reset();
    };
    std::vector<std::size_t> numbers(inputs_.size());  // no view of them: clang 14 takes none of libstdc++'s
    std::iota(numbers.begin(), numbers.end(), std::size_t{0});
    const auto made = cp::prepare(
        kb_, options, numbers,
        [&](std::size_t i, cp::lease& staging) { return prepare_document(how_, inputs_[i], staging.path().native()); },
        [&](cp::enlisting_mutation& m, std::size_t i,
            std::unique_ptr<prepared_document>&& prepared) -> cp::result<void> {
          BOOST_OUTCOME_TRY(auto added, guarded(inputs_[i].shown(), [&] {
                              return add_document(m, prepared->source, prepared->result, now_, how_.stop);
                            }));
          done[i].emplace(std::move(added));
          return cp::success();
        });
    if (made.stopped) tally_.failed({}, *made.stopped);
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!mentioned[i]) tally_.not_added(inputs_[i].shown());
    }
  }

  // What the new versions of documents left for the page index to forget. If it cannot be done now, the next command
  // does it.
  void settle() {
    if (own()) (void)settle_index(*owner_, asked_.root);
  }

  const command_line& asked_;
  preparing how_;
  output& out_;
  knowledge_base& kb_;
  std::string now_;
  tally tally_;
  std::vector<input> inputs_;
  bool several_ = false;
  std::optional<knowledge_base::owner_type> owner_;
};

cp::result<preparing> how_to_prepare(const command_line& asked, std::stop_token stop) {
  preparing how;
  how.root = asked.root;
  how.index_from = asked.add.index_from;
  for (const auto& directory : asked.add.images_from) how.images_from.push_back(file_of_same_name(directory));
  how.encoded_as = encoding_of(asked.add.encoding);
  how.limits.time = asked.add.timeout;
  how.limits.stall = std::min(how.limits.stall, asked.add.timeout);
  how.limits.size = asked.add.largest_download;
  how.stop = std::move(stop);
  if (!asked.add.cloud.empty()) {
    BOOST_OUTCOME_TRY(how.cloud, cloud_from_environment());
  }
  BOOST_OUTCOME_TRY(how.compile, choose_compiler(asked));
  return how;
}

}  // namespace

int add(const command_line& asked, std::stop_token stop, output& out) {
  auto at = now();
  if (!at) return out.failed("failed", {}, cp::failure(make_error_code(error::bad_clock)));
  auto kb = knowledge_base::open(asked.root, asked.watch);
  if (!kb) return out.failed("failed", {}, kb.error());
  auto how = how_to_prepare(asked, std::move(stop));
  if (!how) return out.failed("failed", {}, how.error());
  return adding(asked, out, kb.value(), std::move(*at), std::move(how).value()).run();
}

}  // namespace openkb
